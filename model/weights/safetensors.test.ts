import { expect, test } from "vitest";
import { openCheckpoint } from "./checkpoint";
import { CheckpointError, SafetensorsError } from "./errors";
import { fileTensor, joined, memorySource, rawSafetensors, safetensorsFile, utf8 } from "./testing/checkpoint-files";

const FILE = "model.safetensors";
const open = (bytes: Uint8Array) => openCheckpoint(memorySource({ [FILE]: bytes }));

test("reads runs of every type as f32, from any offset in the file", async () => {
  const bytes = safetensorsFile([
    { name: "odd", dtype: "BF16", shape: [1], bytes: Uint8Array.of(0x80, 0x3f) },
    { name: "single", dtype: "F32", shape: [], bytes: new Uint8Array(Float32Array.of(2.5).buffer) },
    { name: "half", dtype: "F16", shape: [3], bytes: new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 1).buffer) },
  ]);
  for (const shift of [0, 1, 2, 3]) {
    const shifted = joined([new Uint8Array(shift), bytes]).subarray(shift);
    const checkpoint = await open(shifted);
    expect([...(await checkpoint.read("odd", 0, 1))]).toEqual([1]);
    expect([...(await checkpoint.read("single", 0, 1))]).toEqual([2.5]);
    expect([...(await checkpoint.read("half", 1, 2))]).toEqual([-2, 2 ** -24]);
  }
});

test("keeps out tensors that an index places elsewhere", async () => {
  const shard = (value: number) => safetensorsFile([fileTensor("w", [1], Float32Array.of(value), "F32")]);
  const index = utf8(JSON.stringify({ weight_map: { w: "two.safetensors" } }));
  const files = { "model.safetensors.index.json": index, "one.safetensors": shard(1), "two.safetensors": shard(2) };
  const checkpoint = await openCheckpoint(memorySource(files));
  expect([...(await checkpoint.read("w", 0, 1))]).toEqual([2]);
});

const header = (entry: object) => rawSafetensors(JSON.stringify({ w: entry }), [new Uint8Array(8)]);

test.each([
  { name: "an unknown dtype", bytes: header({ dtype: "F8", shape: [8], data_offsets: [0, 8] }), message: 'dtype "F8"' },
  {
    name: "a negative size",
    bytes: header({ dtype: "F32", shape: [-2], data_offsets: [0, 8] }),
    message: "shape [-2]",
  },
  { name: "no offsets", bytes: header({ dtype: "F32", shape: [2] }), message: "data_offsets undefined" },
  { name: "a wrong span", bytes: header({ dtype: "F32", shape: [2], data_offsets: [0, 4] }), message: "spans 4 bytes" },
  {
    name: "an end past the file",
    bytes: header({ dtype: "F32", shape: [4], data_offsets: [0, 16] }),
    message: "ends at",
  },
  { name: "an entry that is no object", bytes: rawSafetensors('{"w":3}', []), message: "dtype undefined" },
  { name: "no JSON", bytes: rawSafetensors("{oops", []), message: "not readable as JSON" },
  { name: "a list", bytes: rawSafetensors("[1]", []), message: "not a JSON object" },
  { name: "a few bytes", bytes: Uint8Array.of(1, 2, 3), message: "has 3 bytes" },
  { name: "text", bytes: utf8("<!doctype html><p>hello</p>"), message: "cannot be right" },
])("refuses $name", async ({ bytes, message }) => {
  const opening = open(bytes);
  await expect(opening).rejects.toThrow(SafetensorsError);
  await expect(opening).rejects.toThrow(message);
});

test("refuses tensors that overlap", async () => {
  const entry = (begin: number) => ({ dtype: "F32", shape: [2], data_offsets: [begin, begin + 8] });
  const bytes = rawSafetensors(JSON.stringify({ a: entry(0), b: entry(4) }), [new Uint8Array(12)]);
  await expect(open(bytes)).rejects.toThrow("b overlaps the tensor before it");
});

test.each([
  { name: "a path in place of a shard", index: { weight_map: { w: "../w" } }, message: 'the shard of w is "../w"' },
  { name: "no weight_map", index: {}, message: "weight_map is missing" },
  { name: "a tensor that its shard lacks", index: { weight_map: { z: FILE } }, message: "places z in" },
])("refuses an index with $name", async ({ index, message }) => {
  const file = safetensorsFile([fileTensor("w", [1], Float32Array.of(1), "F32")]);
  const files = { "model.safetensors.index.json": utf8(JSON.stringify(index)), [FILE]: file };
  await expect(openCheckpoint(memorySource(files))).rejects.toThrow(message);
});

test("says when there is no checkpoint, no tensor, no floating point, or an end too early", async () => {
  await expect(openCheckpoint(memorySource({}))).rejects.toThrow(CheckpointError);
  const file = safetensorsFile([{ name: "ids", dtype: "I32", shape: [2], bytes: new Uint8Array(8) }]);
  const checkpoint = await open(file);
  await expect(checkpoint.read("w", 0, 1)).rejects.toThrow("no tensor w");
  await expect(checkpoint.read("ids", 0, 2)).rejects.toThrow("not of floating point");
  await expect(checkpoint.read("ids", 1, 2)).rejects.toThrow(RangeError);
  const size = async () => file.byteLength;
  const source = memorySource({ [FILE]: file.subarray(0, -4) });
  const cutShort = await openCheckpoint({ ...source, size: (name) => (name === FILE ? size() : source.size(name)) });
  await expect(cutShort.read("ids", 0, 2)).rejects.toThrow("truncated");
});
