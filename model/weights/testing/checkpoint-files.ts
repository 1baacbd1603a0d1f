import type { ByteSource } from "../checkpoint";
import type { WantedTensor } from "../recipe";
import { normalValues } from "./values";

/** A folder in memory. */
export type Files = Record<string, Uint8Array>;

export const utf8 = (text: string): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;

/** A tensor to be written into a safetensors file. */
export interface FileTensor {
  readonly name: string;
  readonly dtype: "F32" | "BF16" | "F16" | "I32";
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** A safetensors file with the tensors one after another. */
export function safetensorsFile(tensors: readonly FileTensor[]): Uint8Array<ArrayBuffer> {
  let end = 0;
  const entries = tensors.map(({ name, dtype, shape, bytes }) => {
    const begin = end;
    end += bytes.byteLength;
    return [name, { dtype, shape, data_offsets: [begin, end] }];
  });
  return rawSafetensors(
    JSON.stringify(Object.fromEntries(entries)),
    tensors.map(({ bytes }) => bytes),
  );
}

/** A safetensors file with any header, right or wrong. */
export function rawSafetensors(header: string, contents: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(utf8(header).byteLength), true);
  return joined([length, utf8(header), ...contents]);
}

export function joined(runs: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(runs.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let end = 0;
  for (const run of runs) {
    all.set(run, end);
    end += run.byteLength;
  }
  return all;
}

/** f32 tensors are exact in any checkpoint type but bf16, whose upper half this takes. */
export function fileTensor(
  name: string,
  shape: readonly number[],
  values: Float32Array,
  dtype: "F32" | "BF16",
): FileTensor {
  if (dtype === "F32") return { name, dtype, shape, bytes: new Uint8Array(values.slice().buffer) };
  const upper = Uint16Array.from(new Uint32Array(values.slice().buffer), (bits) => bits >>> 16);
  return { name, dtype, shape, bytes: new Uint8Array(upper.buffer) };
}

/** A source that reads from memory, and stops short where a file ends. */
export function memorySource(files: Files): ByteSource {
  return {
    size: async (file) => files[file]?.byteLength,
    read: async (file, offset, length) => (files[file] ?? new Uint8Array()).subarray(offset, offset + length),
  };
}

/** A complete little checkpoint in two shards, with a plan of one tensor of each kind and more. */
export function smallCheckpoint(): { files: Files; plan: WantedTensor[] } {
  const plan: WantedTensor[] = [
    { name: "model.embed_tokens.weight", shape: [40, 64], role: "matrix" },
    { name: "a.norm.weight", shape: [13], role: "vector" },
    { name: "a.in_proj.weight", shape: [70, 64], role: "matrix" },
    { name: "a.conv1d.weight", shape: [9, 1, 4], role: "vector" },
    { name: "a.x_proj.weight", shape: [11, 18], role: "precise-matrix" },
    { name: "a.D", shape: [5], role: "vector" },
  ];
  const tensors = plan.map(({ name, shape }, index) => {
    const count = shape.reduce((product, size) => product * size, 1);
    return fileTensor(name, shape, normalValues(count, index + 1), index % 2 ? "F32" : "BF16");
  });
  const [first, second] = [tensors.slice(0, 3), tensors.slice(3)];
  const shardOf = (list: readonly FileTensor[], file: string) => list.map(({ name }) => [name, file]);
  const weightMap = Object.fromEntries([...shardOf(first, "one.safetensors"), ...shardOf(second, "two.safetensors")]);
  const files = {
    "config.json": utf8(JSON.stringify(SMALL_CONFIG)),
    "tokenizer.json": utf8('{"model":{}}'),
    "tokenizer_config.json": utf8("{}"),
    "generation_config.json": utf8('{"temperature":0.6}'),
    "model.safetensors.index.json": utf8(JSON.stringify({ weight_map: weightMap })),
    "one.safetensors": safetensorsFile(first),
    "two.safetensors": safetensorsFile(second),
  };
  return { files, plan };
}

const SMALL_CONFIG = {
  model_type: "phi4flash",
  vocab_size: 40,
  hidden_size: 64,
  intermediate_size: 64,
  num_hidden_layers: 4,
  num_attention_heads: 2,
  num_key_value_heads: 2,
  sliding_window: 4,
  mamba_expand: 2,
  mamba_d_state: 16,
  mamba_d_conv: 4,
  mamba_dt_rank: 4,
  layer_norm_eps: 1e-5,
  max_position_embeddings: 128,
};
