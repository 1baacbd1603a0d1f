import { elementCount, type Shape } from "@gpu/shape";
import { SafetensorsError } from "./errors";

/** The element types that a checkpoint of this model, or a file of expected values, may have. Bytes of one element. */
const DTYPE_BYTES = { F32: 4, F16: 2, BF16: 2, I32: 4 } as const;

export type Dtype = keyof typeof DTYPE_BYTES;

/** A tensor's description in a safetensors header. */
export interface HeaderTensor {
  readonly name: string;
  readonly dtype: Dtype;
  /** Slowest axis first; empty for a single number. */
  readonly shape: Shape;
  /** Bytes from the beginning of the file. */
  readonly offset: number;
  readonly byteLength: number;
}

/** A header begins with its own length, a little-endian u64. */
export const LENGTH_BYTES = 8;

/** The published shards have 30 KB; far more means that this is no safetensors file. */
const MOST_HEADER_BYTES = 2 ** 24;

export const isFloat = (dtype: Dtype): boolean => dtype !== "I32";

export const dtypeBytes = (dtype: Dtype): number => DTYPE_BYTES[dtype];

/**
 * The length of the header that follows the first 8 bytes of a file.
 *
 * @throws SafetensorsError when the file is too short, or the length beyond the file or reason.
 */
export function headerLength(file: string, first: Uint8Array, fileBytes: number): number {
  if (first.byteLength < LENGTH_BYTES)
    throw new SafetensorsError(`${file} has ${fileBytes} bytes: no safetensors file.`);
  const length = Number(new DataView(first.buffer, first.byteOffset).getBigUint64(0, true));
  if (length < 2 || length > MOST_HEADER_BYTES || length > fileBytes - LENGTH_BYTES)
    throw new SafetensorsError(
      `${file}: a header of ${length} bytes cannot be right for a file of ${fileBytes} bytes.`,
    );
  return length;
}

/**
 * Reads a header. Nothing in it is trusted: types, shapes and offsets are checked against each other and the file.
 *
 * @param header the bytes after the length
 * @throws SafetensorsError naming the file and the tensor.
 */
export function parseHeader(file: string, header: Uint8Array, fileBytes: number): HeaderTensor[] {
  const begin = LENGTH_BYTES + header.byteLength;
  const tensors = Object.entries(parseObject(file, header))
    .filter(([name]) => name !== "__metadata__")
    .map(([name, json]) => parseTensor(`${file}: ${name}`, name, json, begin));
  tensors.sort((a, b) => a.offset - b.offset);
  let end = begin;
  for (const { name, offset, byteLength } of tensors) {
    if (offset < end) throw new SafetensorsError(`${file}: ${name} overlaps the tensor before it.`);
    end = offset + byteLength;
    if (end > fileBytes)
      throw new SafetensorsError(`${file}: ${name} ends at byte ${end}, but the file has ${fileBytes} bytes.`);
  }
  return tensors;
}

/**
 * Reads model.safetensors.index.json: which shard holds which tensor.
 *
 * @throws SafetensorsError when it is no such index, or a shard is not a plain file name.
 */
export function parseIndex(file: string, bytes: Uint8Array): ReadonlyMap<string, string> {
  const { weight_map: shards } = parseObject(file, bytes);
  if (!isObject(shards)) throw new SafetensorsError(`${file}: weight_map is missing.`);
  return new Map(
    Object.entries(shards).map(([name, shard]) => {
      if (typeof shard !== "string" || !/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(shard))
        throw new SafetensorsError(`${file}: the shard of ${name} is ${JSON.stringify(shard)}, expected a file name.`);
      return [name, shard];
    }),
  );
}

function parseTensor(where: string, name: string, json: unknown, begin: number): HeaderTensor {
  const { dtype, shape, data_offsets: offsets } = isObject(json) ? json : {};
  if (!isDtype(dtype))
    throw new SafetensorsError(
      `${where} has dtype ${JSON.stringify(dtype)}, expected one of ${Object.keys(DTYPE_BYTES).join(", ")}.`,
    );
  if (!isSizes(shape) || elementCount(shape) > 2 ** 40)
    throw new SafetensorsError(`${where} has shape ${JSON.stringify(shape)}, expected whole numbers.`);
  const [first, last] = isSizes(offsets) && offsets.length === 2 ? offsets : [];
  if (first === undefined || last === undefined)
    throw new SafetensorsError(`${where} has data_offsets ${JSON.stringify(offsets)}, expected two whole numbers.`);
  const byteLength = elementCount(shape) * DTYPE_BYTES[dtype];
  if (last - first !== byteLength)
    throw new SafetensorsError(`${where} spans ${last - first} bytes, but ${dtype} of its shape needs ${byteLength}.`);
  return { name, dtype, shape, offset: begin + first, byteLength };
}

function parseObject(file: string, bytes: Uint8Array): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (isObject(json)) return json;
  } catch (cause) {
    throw new SafetensorsError(`${file} is not readable as JSON.`, { cause });
  }
  throw new SafetensorsError(`${file} is not a JSON object.`);
}

const isObject = (json: unknown): json is Record<string, unknown> =>
  typeof json === "object" && json !== null && !Array.isArray(json);

const isDtype = (dtype: unknown): dtype is Dtype => typeof dtype === "string" && Object.hasOwn(DTYPE_BYTES, dtype);

const isSizes = (sizes: unknown): sizes is number[] =>
  Array.isArray(sizes) && sizes.every((size) => Number.isSafeInteger(size) && size >= 0);
