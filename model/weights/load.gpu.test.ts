import { downloadBytes } from "@gpu/tensor";
import { openTestGpu } from "@gpu/testing/harness";
import { expect, test } from "vitest";
import { type Manifest, sumBytes } from "./format";
import { loadWeights } from "./load";
import type { PieceReader } from "./stored-model";
import { type ConvertedModel, convertAll, partOf } from "./testing/convert-all";
import { allocateWeights, MissingTensorError, type Weights } from "./weights";

const readerOf =
  ({ files }: ConvertedModel): PieceReader =>
  async ({ name }) =>
    files[name] ?? new Uint8Array();

/** The bytes of one part of a tensor as they lie in GPU memory, the padding at the end included. */
async function bytesOnGpu(weights: Weights, manifest: Manifest, name: string, part: "values" | "scales") {
  const gpu = await openTestGpu();
  const format = manifest.tensors.find((tensor) => tensor.name === name)?.format;
  if (format === "f32") return new Uint8Array(await downloadBytes(gpu, weights.vector(name)));
  const buffer = weights.matrix(name).parts[0]?.[part];
  if (!buffer) throw new Error(`${name} has no ${part}`);
  return new Uint8Array(await downloadBytes(gpu, { label: name, shape: [], type: "u32", buffer }));
}

test.each([36, 68, 1000, 1 << 20])("every tensor on the GPU equals its bytes, in chunks of %d", async (chunkBytes) => {
  const gpu = await openTestGpu();
  const model = await convertAll({ chunkBytes });
  const seen: number[] = [];
  const onProgress = ({ doneBytes }: { doneBytes: number }) => seen.push(doneBytes);
  const weights = allocateWeights(gpu, model.manifest.tensors);
  await loadWeights(gpu, weights, model.manifest, readerOf(model), { onProgress });
  for (const { name, format } of model.manifest.tensors) {
    for (const part of format === "int4" ? (["values", "scales"] as const) : (["values"] as const)) {
      const expected = partOf(model, name, part);
      const actual = await bytesOnGpu(weights, model.manifest, name, part);
      expect(actual.subarray(0, expected.byteLength)).toEqual(expected);
    }
  }
  const totalBytes = sumBytes(model.manifest.chunks);
  expect(weights.totalBytes).toBe(totalBytes);
  expect(seen).toHaveLength(model.manifest.chunks.length);
  expect(seen.at(-1)).toBe(totalBytes);
  weights.destroy();
});

test("asks for as many chunks ahead as it is told", async () => {
  const gpu = await openTestGpu();
  const model = await convertAll();
  expect(model.manifest.chunks.length).toBeGreaterThan(4);
  const weights = allocateWeights(gpu, model.manifest.tensors);
  const read = readerOf(model);
  let asked = 0;
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  const slow: PieceReader = async (piece) => {
    asked++;
    await answered;
    return read(piece);
  };
  const loading = loadWeights(gpu, weights, model.manifest, slow, { chunksAhead: 3 });
  await Promise.resolve();
  expect(asked).toBe(3);
  answer();
  await loading;
  expect(asked).toBe(model.manifest.chunks.length);
  weights.destroy();
});

test("stops at an abort, and when a chunk cannot be read or is too short", async () => {
  const gpu = await openTestGpu();
  const model = await convertAll();
  const weights = allocateWeights(gpu, model.manifest.tensors);
  const read = readerOf(model);
  const abort = new AbortController();
  const onProgress = () => abort.abort();
  const aborted = loadWeights(gpu, weights, model.manifest, read, { signal: abort.signal, onProgress });
  await expect(aborted).rejects.toMatchObject({ name: "AbortError" });

  const failing: PieceReader = async (piece) => {
    if (piece.name === "weights-0003.bin") throw new Error("cannot read");
    return read(piece);
  };
  await expect(loadWeights(gpu, weights, model.manifest, failing)).rejects.toThrow("cannot read");

  const short: PieceReader = async (piece) => (await read(piece)).subarray(4);
  await expect(loadWeights(gpu, weights, model.manifest, short)).rejects.toMatchObject({ name: "ModelFileError" });
  weights.destroy();
});

test("says which tensor is missing, or of which kind it is", async () => {
  const gpu = await openTestGpu();
  const { manifest } = await convertAll();
  const weights = allocateWeights(gpu, manifest.tensors);
  expect(weights.matrix("a.in_proj.weight")).toMatchObject({ rows: 70, cols: 64, format: "int4" });
  expect(weights.vector("a.conv1d.weight").shape).toEqual([9, 1, 4]);
  expect(() => weights.matrix("b")).toThrow(MissingTensorError);
  expect(() => weights.matrix("a.D")).toThrow("a.D is not a matrix");
  expect(() => weights.vector("a.x_proj.weight")).toThrow("a.x_proj.weight is not a vector");
  weights.destroy();
});

test.each([
  { name: "b", part: "values", offset: 0, length: 4, message: "b is not among the weights" },
  { name: "a.D", part: "scales", offset: 0, length: 4, message: "a.D (scales) does not exist" },
  { name: "a.D", part: "values", offset: 2, length: 4, message: "not whole words" },
  { name: "a.D", part: "values", offset: 0, length: 24, message: "a.D (values) holds 20 bytes, cannot take 0 + 24" },
  { name: "a.in_proj.weight", part: "scales", offset: -4, length: 4, message: "cannot take -4 + 4" },
] as const)(
  "refuses to write $length bytes at $offset of $name ($part)",
  async ({ name, part, offset, length, message }) => {
    const gpu = await openTestGpu();
    const weights = allocateWeights(gpu, (await convertAll()).manifest.tensors);
    expect(() => weights.write(name, part, offset, new Uint8Array(length))).toThrow(message);
    weights.destroy();
  },
);
