import type { Gpu } from "@gpu/device";
import { ModelFileError } from "./errors";
import { type Manifest, type Piece, placements, sumBytes } from "./format";
import { readAhead } from "./read-ahead";
import type { PieceReader } from "./stored-model";
import type { Weights } from "./weights";

export interface LoadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after every chunk. */
  readonly onProgress?: ((progress: { readonly doneBytes: number; readonly totalBytes: number }) => void) | undefined;
}

/** Chunks being read and checked, or waiting for their turn: enough to keep the disk and a few cores busy. */
const CHUNKS_AHEAD = 4;

/** Chunks handed to the queue before waiting for the GPU: the driver keeps its own copy of each until then. */
const CHUNKS_PER_WAIT = 4;

/**
 * Brings a model's weights onto the GPU, chunk by chunk; the next ones are read while one is written. Memory holds five
 * chunks here and up to four in the driver, whatever the size of the model.
 *
 * @param weights allocated for the manifest's tensors. They stay the caller's, whatever happens.
 * @throws whatever `read` throws (ModelFileError, StorageError); AbortError.
 */
export async function loadWeights(
  gpu: Gpu,
  weights: Weights,
  manifest: Manifest,
  read: PieceReader,
  { signal, onProgress }: LoadOptions = {},
): Promise<void> {
  signal?.throwIfAborted();
  const places = placements(manifest);
  const totalBytes = sumBytes(manifest.chunks);
  let doneBytes = 0;
  const chunks = manifest.chunks.entries();
  for await (const { item, result: bytes } of readAhead(chunks, CHUNKS_AHEAD, ([, chunk]) => readWhole(chunk, read))) {
    signal?.throwIfAborted();
    const [index] = item;
    for (const { name, part, begin, end, offset } of places.filter(({ chunk }) => chunk === index))
      weights.write(name, part, offset, bytes.subarray(begin, end));
    doneBytes += bytes.byteLength;
    if (index % CHUNKS_PER_WAIT === CHUNKS_PER_WAIT - 1) await written(gpu);
    onProgress?.({ doneBytes, totalBytes });
  }
  await written(gpu);
  signal?.throwIfAborted();
}

/** @throws ModelFileError for a chunk that is too short; whatever `read` throws. */
async function readWhole(chunk: Piece, read: PieceReader): Promise<Uint8Array> {
  const bytes = await read(chunk);
  if (bytes.byteLength === chunk.bytes) return bytes;
  throw new ModelFileError(`${chunk.name} has ${bytes.byteLength} bytes, expected ${chunk.bytes}.`);
}

/** Waits until the GPU has taken what was written. An empty submit makes sure that the writes are on their way. */
async function written({ device }: Gpu): Promise<void> {
  device.queue.submit([]);
  await device.queue.onSubmittedWorkDone();
}
