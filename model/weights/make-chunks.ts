import type { Checkpoint } from "./checkpoint";
import { type Encode, type EncodedRun, encodeRun } from "./encode";
import { type ChunkLayout, layoutBytes, type Slab } from "./layout";
import { readAhead } from "./read-ahead";
import { rowsOf } from "./stored-tensor";

export interface MakeOptions {
  /** By default encodeRun, on the CPU. */
  readonly encode?: Encode | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Hears of bytes read from the checkpoint, and of minus those that are void. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

export interface MadeChunk {
  /** In the layout. */
  readonly index: number;
  readonly content: Uint8Array<ArrayBuffer>;
}

/** Elements read and encoded at a time: 4 MiB of bf16. A longer row is read at once. */
const RUN_ELEMENTS = 2 ** 21;

/** Reads under way or waiting: enough to hide a server's latency, 24 MiB of bf16. */
const READS_AHEAD = 6;

/** Some rows of a slab. */
interface Run {
  readonly index: number;
  readonly slab: Slab;
  /** In the slab. */
  readonly firstRow: number;
  readonly rows: number;
  readonly isFirstOfChunk: boolean;
  readonly isLastOfChunk: boolean;
}

/**
 * Makes the chunks with these indices, each from the rows it holds and nothing else. The same checkpoint, layout and
 * `encode` always give the same bytes. Holds one chunk, one run as f32, and the runs read ahead.
 *
 * @throws UnstorableValueError naming the tensor; SafetensorsError for a file that ends too early; whatever the source
 * or `encode` throws; AbortError.
 */
export async function* makeChunks(
  checkpoint: Checkpoint,
  layout: readonly ChunkLayout[],
  indices: Iterable<number>,
  { encode = encodeRun, signal, onBytes }: MakeOptions = {},
): AsyncGenerator<MadeChunk, void, void> {
  let content = new Uint8Array();
  const read = (run: Run, left: AbortSignal) =>
    readRun(checkpoint, run, signal ? AbortSignal.any([signal, left]) : left, onBytes);
  for await (const { item: run, result: bytes } of readAhead(runsOf(layout, indices), READS_AHEAD, read)) {
    signal?.throwIfAborted();
    const { name, format } = run.slab.tensor;
    if (run.isFirstOfChunk) content = new Uint8Array(layoutBytes(layout[run.index] ?? []));
    const encoded = await naming(name, async () => encode(format, checkpoint.decode(name, bytes)));
    place(content, run, encoded);
    if (run.isLastOfChunk) yield { index: run.index, content };
  }
  signal?.throwIfAborted();
}

function* runsOf(layout: readonly ChunkLayout[], indices: Iterable<number>): Generator<Run, void, void> {
  for (const index of indices) {
    const slabs = layout[index] ?? [];
    for (const slab of slabs) {
      const step = Math.max(1, Math.floor(RUN_ELEMENTS / rowsOf(slab.tensor).rowElements));
      for (let firstRow = 0; firstRow < slab.rows; firstRow += step) {
        const rows = Math.min(step, slab.rows - firstRow);
        const isFirstOfChunk = slab === slabs[0] && firstRow === 0;
        const isLastOfChunk = slab === slabs.at(-1) && firstRow + rows === slab.rows;
        yield { index, slab, firstRow, rows, isFirstOfChunk, isLastOfChunk };
      }
    }
  }
}

async function readRun(
  checkpoint: Checkpoint,
  { slab, firstRow, rows }: Run,
  signal: AbortSignal,
  onBytes: MakeOptions["onBytes"],
): Promise<Uint8Array> {
  const { rowElements } = rowsOf(slab.tensor);
  let told = 0;
  const count = (bytes: number) => {
    told += bytes;
    onBytes?.(bytes);
  };
  const first = (slab.firstRow + firstRow) * rowElements;
  signal.throwIfAborted();
  const bytes = await checkpoint.readBytes(slab.tensor.name, first, rows * rowElements, { signal, onBytes: count });
  count(bytes.byteLength - told);
  return bytes;
}

function place(content: Uint8Array, { slab, firstRow, rows }: Run, { values, scales }: EncodedRun): void {
  const { begin } = slab;
  content.set(values, begin + (firstRow * slab.values) / slab.rows);
  if (slab.scales > 0) content.set(scales, begin + slab.values + (firstRow * slab.scales) / slab.rows);
  assertPlaced(slab, rows, values.byteLength, scales.byteLength);
}

/** An `encode` from outside that returns too little would leave zeros behind. */
function assertPlaced({ tensor, rows: all, values, scales }: Slab, rows: number, ...found: number[]): void {
  const expected = [(rows * values) / all, (rows * scales) / all];
  if (found.join() !== expected.join())
    throw new RangeError(`${tensor.name}: ${rows} rows were encoded as ${found} bytes, expected ${expected}.`);
}

async function naming<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && error.name === "UnstorableValueError") error.message = `${name}: ${error.message}`;
    throw error;
  }
}
