import { beforeEach, expect, test } from "vitest";
import { type Files, rawSafetensors, utf8 } from "./testing/checkpoint-files";
import { importNano, MODEL } from "./testing/import-nano";
import { MemoryStore } from "./testing/memory-store";
import { nanoCheckpoint } from "./testing/nano-checkpoint";

const good = nanoCheckpoint();
let store: MemoryStore;
let before: object;

// A former version of the model, half of an import of it, and another model.
beforeEach(async () => {
  store = new MemoryStore();
  const manifest = { files: [], chunks: [{ name: "weights-0000.bin", bytes: 1, sha256: "former" }] };
  store.manifests.set(MODEL, manifest);
  store.origins.set(MODEL, { kind: "picked", versions: {} });
  for (const sha256 of ["former", "begun"]) await store.put(MODEL, sha256, Uint8Array.of(1));
  await store.saveDraft(MODEL, { fingerprint: "f", versions: {}, files: [], chunks: {} });
  await store.put("other", "piece", Uint8Array.of(2));
  before = store.contents();
});

const INDEX = "model.safetensors.index.json";
const SHARD = "one.safetensors";
const TENSOR = "model.layers.0.mlp.fc2.weight";

const content = (name: string): Uint8Array<ArrayBuffer> => (good[name] ?? new Uint8Array()).slice();
const json = (name: string): Record<string, unknown> => JSON.parse(new TextDecoder().decode(content(name)));
const withJson = (name: string, change: (entries: Record<string, unknown>) => object): Files => {
  return { ...good, [name]: utf8(JSON.stringify(change(json(name)))) };
};
const config = (change: object) => withJson("config.json", (entries) => ({ ...entries, ...change }));
const weightMap = (change: object) =>
  withJson(INDEX, ({ weight_map: map }) => ({ weight_map: { ...(map as object), ...change } }));
const without = (name: string): Files => Object.fromEntries(Object.entries(good).filter(([file]) => file !== name));

/** The first shard with its header changed. */
function header(change: (entries: Record<string, Record<string, unknown>>) => unknown): Files {
  const file = content(SHARD);
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  const entries = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  return { ...good, [SHARD]: rawSafetensors(JSON.stringify(change(entries)), [file.subarray(8 + length)]) };
}

const tensor = (change: object) => header((entries) => ({ ...entries, [TENSOR]: { ...entries[TENSOR], ...change } }));

function headerOfLength(length: bigint): Files {
  const file = content(SHARD);
  new DataView(file.buffer).setBigUint64(0, length, true);
  return { ...good, [SHARD]: file };
}

test.each<[string, Files, string, string]>([
  ["no config", without("config.json"), "CheckpointError", "no file config.json"],
  ["an empty config", { ...good, "config.json": utf8("") }, "CheckpointError", "config.json has 0 bytes"],
  [
    "a config that is a web page",
    { ...good, "config.json": utf8("<html>") },
    "CheckpointError",
    "not readable as JSON",
  ],
  ["a config that is no UTF-8", { ...good, "config.json": Uint8Array.of(0xff) }, "CheckpointError", "not readable"],
  ["a config that is a list", { ...good, "config.json": utf8("[]") }, "CheckpointError", "not a JSON object"],
  ["an unknown model type", config({ model_type: "llama" }), "ConfigError", 'model_type is "llama"'],
  ["no model type", config({ model_type: undefined }), "ConfigError", "model_type is undefined"],
  ["a missing size", config({ hidden_size: null }), "ConfigError", "hidden_size is null"],
  ["a negative size", config({ mamba_d_state: -16 }), "ConfigError", "mamba_d_state is -16"],
  ["a size that is a text", config({ vocab_size: "40" }), "ConfigError", 'vocab_size is "40"'],
  ["a fraction of a layer", config({ num_hidden_layers: 4.5 }), "ConfigError", "expected a whole number"],
  ["an odd number of layers", config({ num_hidden_layers: 5 }), "ConfigError", "not a multiple of 4"],
  ["heads that do not fit", config({ num_attention_heads: 3 }), "ConfigError", "num_attention_heads 3"],
  ["too many layers for the tensors", config({ num_hidden_layers: 8 }), "CheckpointError", "has no tensor"],
  ["another vocabulary", config({ vocab_size: 41 }), "CheckpointError", "has shape (40, 64), the model needs (41, 64)"],
  ["no shard at all", without(INDEX), "CheckpointError", "no file model.safetensors"],
  ["a missing shard", without("two.safetensors"), "CheckpointError", "no file two.safetensors"],
  ["an index that is no JSON", { ...good, [INDEX]: utf8("{") }, "SafetensorsError", "not readable as JSON"],
  ["an index without a map", withJson(INDEX, () => ({})), "SafetensorsError", "weight_map is missing"],
  ["a shard in another folder", weightMap({ [TENSOR]: "../x" }), "SafetensorsError", 'is "../x", expected a file name'],
  ["a shard that is a number", weightMap({ [TENSOR]: 3 }), "SafetensorsError", "is 3, expected a file name"],
  ["a tensor in the wrong shard", weightMap({ [TENSOR]: "two.safetensors" }), "SafetensorsError", "which lacks it"],
  ["an empty shard", { ...good, [SHARD]: utf8("") }, "SafetensorsError", "has 0 bytes"],
  ["a shard of text", { ...good, [SHARD]: utf8("version https://git-lfs") }, "SafetensorsError", "cannot be right"],
  ["a header cut short", { ...good, [SHARD]: content(SHARD).subarray(0, 99) }, "SafetensorsError", "cannot be right"],
  ["a huge header", headerOfLength(2n ** 63n), "SafetensorsError", "cannot be right"],
  ["a header of 1 byte", headerOfLength(1n), "SafetensorsError", "a header of 1 bytes"],
  ["a header cut in its JSON", headerOfLength(50n), "SafetensorsError", "not readable as JSON"],
  ["a header that is a list", header(() => [1]), "SafetensorsError", "not a JSON object"],
  ["a tensor that is missing", header(({ [TENSOR]: _, ...rest }) => rest), "SafetensorsError", "which lacks it"],
  ["an unknown dtype", tensor({ dtype: "F8_E4M3" }), "SafetensorsError", 'dtype "F8_E4M3"'],
  ["integers", tensor({ dtype: "I32", shape: [32, 64] }), "CheckpointError", "has shape (32, 64)"],
  ["a wrong span", tensor({ shape: [64, 65] }), "SafetensorsError", "spans 8192 bytes"],
  ["a turned shape", tensor({ shape: [32, 128] }), "CheckpointError", "has shape (32, 128)"],
  ["a shape with a hole", tensor({ shape: [64, null] }), "SafetensorsError", "shape [64,null]"],
  ["a shape beyond numbers", tensor({ shape: [2 ** 31, 2 ** 31] }), "SafetensorsError", "expected whole numbers"],
  ["negative offsets", tensor({ data_offsets: [-8192, 0] }), "SafetensorsError", "data_offsets [-8192,0]"],
  ["overlapping tensors", tensor({ data_offsets: [0, 8192] }), "SafetensorsError", "overlaps the tensor before it"],
  ["offsets past the end", tensor({ data_offsets: [2 ** 40, 2 ** 40 + 8192] }), "SafetensorsError", "but the file has"],
  ["a shard cut short", { ...good, [SHARD]: content(SHARD).subarray(0, -8) }, "SafetensorsError", "but the file has"],
  ["no tokenizer", without("tokenizer.json"), "CheckpointError", "no file tokenizer.json"],
  ["half a tokenizer", { ...good, "tokenizer.json": utf8('{"model":') }, "CheckpointError", "tokenizer.json is not"],
  ["a tokenizer that is null", { ...good, "tokenizer.json": utf8("null") }, "CheckpointError", "not a JSON object"],
  ["no tokenizer settings", without("tokenizer_config.json"), "CheckpointError", "no file tokenizer_config.json"],
  ["no generation settings", without("generation_config.json"), "CheckpointError", "no file generation_config.json"],
])("refuses %s and leaves storage as it was", async (_, files, name, message) => {
  const importing = importNano(files, store);
  await expect(importing).rejects.toThrow(message);
  await expect(importing).rejects.toMatchObject({ name });
  expect(store.contents()).toEqual(before);
});

test("refuses integers of the right shape", async () => {
  // Twice as long as bfloat16, so the file grows with them.
  const entry = { dtype: "I32", shape: [40, 64], data_offsets: [0, 40 * 64 * 4] };
  const shard = rawSafetensors(JSON.stringify({ "model.embed_tokens.weight": entry }), [new Uint8Array(40 * 64 * 4)]);
  const files = { ...weightMap({ "model.embed_tokens.weight": "three.safetensors" }), "three.safetensors": shard };
  await expect(importNano(files, store)).rejects.toThrow("has dtype I32, which is not of floating point");
  expect(store.contents()).toEqual(before);
});

test("refuses files that the check refuses", async () => {
  const check = () => {
    throw new TypeError("no tokenizer of mine");
  };
  await expect(importNano(good, store, { check })).rejects.toThrow("no tokenizer of mine");
  expect(store.contents()).toEqual(before);
});
