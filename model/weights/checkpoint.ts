import { CheckpointError, SafetensorsError } from "./errors";
import { decodeBf16, decodeF16 } from "./half";
import {
  type Dtype,
  dtypeBytes,
  type HeaderTensor,
  headerLength,
  LENGTH_BYTES,
  parseHeader,
  parseIndex,
} from "./safetensors";

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Hears of bytes as they arrive, and of minus those that are void. A source that tells nothing is asked no more. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** By what a file is known again. */
export interface FileVersion {
  readonly bytes: number;
  /** The server's ETag, or whatever else changes with the content; undefined where there is none. */
  readonly tag?: string | undefined;
}

/** The versions of files, by name. */
export type FileVersions = Readonly<Record<string, FileVersion>>;

/** Files that can be read in ranges: a folder on disk, a repository over HTTP, files picked by hand. */
export interface ByteSource {
  /** Bytes of a file; undefined when there is none of this name. */
  size(file: string, options?: ReadOptions): Promise<number | undefined>;
  /** Exactly `length` bytes from `offset` on, or an error. */
  read(file: string, offset: number, length: number, options?: ReadOptions): Promise<Uint8Array>;
  /** Of every file asked for so far. Sources that cannot change under us have none. */
  versions?(): FileVersions;
}

/** Where in which shard a tensor lies. */
export interface CheckpointTensor extends HeaderTensor {
  readonly file: string;
}

/** Bytes [begin, end) of a file. */
export interface FileSpan {
  readonly file: string;
  readonly begin: number;
  readonly end: number;
}

export const INDEX_FILE = "model.safetensors.index.json";
const SINGLE_FILE = "model.safetensors";

/** An index of the published model has 40 KB. */
const MOST_INDEX_BYTES = 2 ** 24;

/** A safetensors checkpoint, its headers read and its tensors not. */
export class Checkpoint {
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
  readonly #source: ByteSource;

  constructor(source: ByteSource, tensors: ReadonlyMap<string, CheckpointTensor>) {
    this.#source = source;
    this.tensors = tensors;
  }

  /** @throws CheckpointError when there is no tensor of this name. */
  tensor(name: string): CheckpointTensor {
    const tensor = this.tensors.get(name);
    if (!tensor) throw new CheckpointError(`The checkpoint has no tensor ${name}.`);
    return tensor;
  }

  /**
   * Elements [first, first + count) of a tensor in row-major order, as f32.
   *
   * @throws CheckpointError for an unknown tensor, SafetensorsError for one that is not of floating point.
   */
  async read(name: string, first: number, count: number): Promise<Float32Array> {
    return this.decode(name, await this.readSpan(this.span(name, first, count)));
  }

  /** Where elements [first, first + count) of a tensor, in row-major order, lie. @throws CheckpointError for an unknown tensor. */
  span(name: string, first: number, count: number): FileSpan {
    const { file, dtype, offset, byteLength } = this.tensor(name);
    const size = dtypeBytes(dtype);
    if (first < 0 || (first + count) * size > byteLength)
      throw new RangeError(`${name} has ${byteLength / size} elements, not ${first} + ${count}.`);
    const begin = offset + first * size;
    return { file, begin, end: begin + count * size };
  }

  /**
   * Bytes as the file has them. They take half of the room that their values take, so this is what to read ahead.
   *
   * @throws SafetensorsError for a file that ends before; whatever the source throws.
   */
  async readSpan({ file, begin, end }: FileSpan, options: ReadOptions = {}): Promise<Uint8Array> {
    const bytes = await this.#source.read(file, begin, end - begin, options);
    if (bytes.byteLength !== end - begin)
      throw new SafetensorsError(`${file} ended after ${begin + bytes.byteLength} bytes: it is truncated.`);
    return bytes;
  }

  /**
   * Elements of this tensor, read before, as f32.
   *
   * @param room where the values are put if they are not f32 already and fit
   * @throws SafetensorsError when it is not of floating point.
   */
  decode(name: string, bytes: Uint8Array, room?: Float32Array): Float32Array {
    const { file, dtype } = this.tensor(name);
    return decode(`${file}: ${name}`, dtype, bytes, room);
  }
}

/**
 * Reads the index (or, without one, model.safetensors) and the headers of all shards.
 *
 * @throws CheckpointError when neither is there or a shard is missing; SafetensorsError when they contradict themselves.
 */
export async function openCheckpoint(source: ByteSource, options: ReadOptions = {}): Promise<Checkpoint> {
  const index = await readIndex(source, options);
  const shards = index ? new Set(index.values()) : [SINGLE_FILE];
  const tensors = new Map<string, CheckpointTensor>();
  for (const file of shards) {
    const header = await readHeader(source, file, options);
    const placed = header.filter(({ name }) => !index || index.get(name) === file);
    for (const tensor of placed) tensors.set(tensor.name, { ...tensor, file });
  }
  const lost = [...(index?.keys() ?? [])].find((name) => !tensors.has(name));
  if (lost) throw new SafetensorsError(`${INDEX_FILE} places ${lost} in ${index?.get(lost)}, which lacks it.`);
  return new Checkpoint(source, tensors);
}

async function readIndex(source: ByteSource, options: ReadOptions): Promise<ReadonlyMap<string, string> | undefined> {
  const bytes = await source.size(INDEX_FILE, options);
  if (bytes === undefined) return undefined;
  if (bytes > MOST_INDEX_BYTES) throw new SafetensorsError(`${INDEX_FILE} has ${bytes} bytes: too much for an index.`);
  return parseIndex(INDEX_FILE, await source.read(INDEX_FILE, 0, bytes, options));
}

async function readHeader(source: ByteSource, file: string, options: ReadOptions): Promise<HeaderTensor[]> {
  const bytes = await source.size(file, options);
  if (bytes === undefined) throw new CheckpointError(`The checkpoint has no file ${file}.`);
  const length = headerLength(file, await source.read(file, 0, Math.min(LENGTH_BYTES, bytes), options), bytes);
  return parseHeader(file, await source.read(file, LENGTH_BYTES, length, options), bytes);
}

function decode(where: string, dtype: Dtype, bytes: Uint8Array, room: Float32Array = new Float32Array()): Float32Array {
  // A copy where the bytes do not begin on a multiple of their size, which typed arrays ask for.
  const aligned = bytes.byteOffset % dtypeBytes(dtype) === 0 ? bytes : bytes.slice();
  const { buffer, byteOffset } = aligned;
  const count = bytes.byteLength / dtypeBytes(dtype);
  if (dtype === "F32") return new Float32Array(buffer, byteOffset, count);
  const values = count <= room.length ? room.subarray(0, count) : new Float32Array(count);
  if (dtype === "BF16") decodeBf16(new Uint16Array(buffer, byteOffset, count), values);
  else if (dtype === "F16") decodeF16(new Uint16Array(buffer, byteOffset, count), values);
  else throw new SafetensorsError(`${where} has dtype ${dtype}, which is not of floating point.`);
  return values;
}
