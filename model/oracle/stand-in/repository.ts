import { parseConfig } from "@model/config";
import { tensorPlan } from "@model/tensor-plan";
import { formulaOf, formulaValues } from "../formula-weights";
import { modelFiles } from "./model-files";

/** A file that is made while it is read. */
export interface VirtualFile {
  readonly bytes: number;
  /** Bytes [begin, end). */
  read(begin: number, end: number): Uint8Array;
}

export type VirtualFiles = ReadonlyMap<string, VirtualFile>;

interface ShardTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: "F32" | "BF16";
  readonly elements: number;
}

/** As in the published checkpoint: these are F32 and all others BF16. */
const isPrecise = (name: string): boolean => name.endsWith(".A_log") || name.includes("lambda_");

const ELEMENT_BYTES = { F32: 4, BF16: 2 } as const;

/**
 * The files of a checkpoint of formula weights, laid out like the published one: config, index, shards of about equal
 * size, tokenizer. Costs no memory to speak of at any size.
 *
 * @param config config.json, as an object
 * @param shards how many safetensors files; 1 makes a single one without an index
 * @param texts tokenizer and settings by name; by default of a tokenizer of bytes
 * @throws ConfigError
 */
export function formulaRepository(
  config: Record<string, unknown>,
  shards: number,
  texts: Readonly<Record<string, string>> = modelFiles(config),
): VirtualFiles {
  const tensors = tensorPlan(parseConfig(config)).map(({ name, shape }): ShardTensor => {
    const elements = shape.reduce((product, size) => product * size, 1);
    return { name, shape, dtype: isPrecise(name) ? "F32" : "BF16", elements };
  });
  const files = new Map<string, VirtualFile>();
  for (const [name, text] of Object.entries(texts)) files.set(name, textFile(text));
  files.set("config.json", textFile(JSON.stringify(config, null, 2)));
  const groups = shared(tensors, shards);
  const shardName = (index: number) =>
    shards === 1 ? "model.safetensors" : `model-${digits(index + 1)}-of-${digits(groups.length)}.safetensors`;
  for (const [index, group] of groups.entries()) files.set(shardName(index), shardFile(group));
  if (shards > 1) {
    const places = groups.flatMap((group, index) => group.map(({ name }) => [name, shardName(index)] as const));
    const index = { metadata: { total_size: sumBytes(tensors) }, weight_map: Object.fromEntries(places) };
    files.set("model.safetensors.index.json", textFile(JSON.stringify(index)));
  }
  return files;
}

const digits = (number: number): string => String(number).padStart(5, "0");

const sumBytes = (tensors: readonly ShardTensor[]): number =>
  tensors.reduce((sum, { elements, dtype }) => sum + elements * ELEMENT_BYTES[dtype], 0);

/** In order, a new shard wherever the share of the one before is full. */
function shared(tensors: readonly ShardTensor[], shards: number): ShardTensor[][] {
  const share = sumBytes(tensors) / shards;
  const groups: ShardTensor[][] = [[]];
  let total = 0;
  for (const tensor of tensors) {
    if (total >= share * groups.length && groups.length < shards) groups.push([]);
    groups.at(-1)?.push(tensor);
    total += sumBytes([tensor]);
  }
  return groups;
}

function textFile(text: string): VirtualFile {
  const content = new TextEncoder().encode(text);
  return { bytes: content.byteLength, read: (begin, end) => content.slice(begin, end) };
}

function shardFile(tensors: readonly ShardTensor[]): VirtualFile {
  let end = 0;
  const entries = tensors.map((tensor) => {
    const begin = end;
    end += sumBytes([tensor]);
    return { ...tensor, begin, end };
  });
  const described = entries.map(({ name, shape, dtype, begin, end: last }) => {
    return [name, { dtype, shape, data_offsets: [begin, last] }];
  });
  const header = new TextEncoder().encode(JSON.stringify(Object.fromEntries(described)));
  const head = new Uint8Array(8 + header.byteLength);
  new DataView(head.buffer).setBigUint64(0, BigInt(header.byteLength), true);
  head.set(header, 8);

  return {
    bytes: head.byteLength + end,
    read(first, last) {
      const bytes = new Uint8Array(last - first);
      bytes.set(head.subarray(first, last));
      for (const entry of entries) {
        const begin = Math.max(first, head.byteLength + entry.begin);
        const stop = Math.min(last, head.byteLength + entry.end);
        if (begin >= stop) continue;
        const inTensor = begin - head.byteLength - entry.begin;
        bytes.set(tensorBytes(entry, inTensor, inTensor + stop - begin), begin - first);
      }
      return bytes;
    },
  };
}

/** Bytes [begin, end) of a tensor; they may cut elements. */
function tensorBytes({ name, shape, dtype }: ShardTensor, begin: number, end: number): Uint8Array {
  const size = ELEMENT_BYTES[dtype];
  const first = Math.floor(begin / size);
  const values = formulaValues(formulaOf(name, shape), first, Math.ceil(end / size) - first);
  const bytes = new Uint8Array(dtype === "F32" ? values.buffer : bfloat16(values).buffer);
  return bytes.subarray(begin - first * size, end - first * size);
}

/** The values are rounded to bfloat16 already: the upper half is all of it. */
function bfloat16(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer);
  const halves = new Uint16Array(words.length);
  // `Uint16Array.from` with a function takes ten times as long.
  for (let i = 0; i < words.length; i++) halves[i] = (words[i] as number) >>> 16;
  return halves;
}
