import type { Checkpoint } from "./checkpoint";
import { type Encode, type EncodedRun, encodeRun } from "./encode";
import { type ChunkLayout, layoutBytes, type Slab } from "./layout";
import { planReads, type Read, RUN_ELEMENTS, type Run } from "./plan-reads";
import { readAhead } from "./read-ahead";

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

/** Reads under way or waiting: enough to hide a server's latency, 30 MiB. */
const READS_AHEAD = 3;

/**
 * Makes the chunks with these indices, each from the rows it holds and nothing else. The same checkpoint, layout and
 * `encode` always give the same bytes. Holds one chunk, one run as f32, one read, and the reads ahead.
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
  let content: MadeChunk["content"] | undefined;
  // One for all runs: an array for each would be garbage faster than browsers collect it.
  const room = new Float32Array(RUN_ELEMENTS);
  const work = (read: Read, left: AbortSignal) =>
    readSpan(checkpoint, read, signal ? AbortSignal.any([signal, left]) : left, onBytes);
  for await (const { item: read, result: bytes } of readAhead(
    planReads(checkpoint, layout, indices),
    READS_AHEAD,
    work,
  )) {
    content ??= new Uint8Array(layoutBytes(layout[read.index] ?? []));
    for (const run of read.runs) {
      signal?.throwIfAborted();
      const { name, format } = run.slab.tensor;
      const source = bytes.subarray(run.begin, run.end);
      const encoded = await naming(name, async () => encode(format, checkpoint.decode(name, source, room)));
      place(content, run, encoded);
    }
    if (!read.isLastOfChunk) continue;
    yield { index: read.index, content };
    content = undefined;
  }
  signal?.throwIfAborted();
}

async function readSpan(
  checkpoint: Checkpoint,
  { span }: Read,
  signal: AbortSignal,
  onBytes: MakeOptions["onBytes"],
): Promise<Uint8Array> {
  let told = 0;
  const count = (bytes: number) => {
    told += bytes;
    onBytes?.(bytes);
  };
  signal.throwIfAborted();
  const bytes = await checkpoint.readSpan(span, { signal, onBytes: count });
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
