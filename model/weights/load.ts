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
  /** Chunks being read and checked, or waiting for their turn: as many as keep `read` busy. 4 unless given. */
  readonly chunksAhead?: number | undefined;
}

const CHUNKS_AHEAD = 4;

/** Chunks handed to the queue and not yet taken by the GPU: the driver keeps its own copy of each until then. */
const CHUNKS_ON_THEIR_WAY = 4;

/**
 * Brings a model's weights onto the GPU, chunk by chunk; the next ones are read while one is written. Memory holds the
 * chunks ahead and one more here, and up to five in the driver, whatever the size of the model.
 *
 * @param weights allocated for the manifest's tensors. They stay the caller's, whatever happens.
 * @throws whatever `read` throws (ModelFileError, StorageError); AbortError.
 */
export async function loadWeights(
  gpu: Gpu,
  weights: Weights,
  manifest: Manifest,
  read: PieceReader,
  { signal, onProgress, chunksAhead = CHUNKS_AHEAD }: LoadOptions = {},
): Promise<void> {
  signal?.throwIfAborted();
  const places = placements(manifest);
  const totalBytes = sumBytes(manifest.chunks);
  const onTheirWay: Promise<unknown>[] = [];
  let doneBytes = 0;
  const chunks = manifest.chunks.entries();
  for await (const { item, result: bytes } of readAhead(chunks, chunksAhead, ([, chunk]) => readWhole(chunk, read))) {
    signal?.throwIfAborted();
    const [index] = item;
    for (const { name, part, begin, end, offset } of places.filter(({ chunk }) => chunk === index))
      weights.write(name, part, offset, bytes.subarray(begin, end));
    doneBytes += bytes.byteLength;
    onTheirWay.push(taken(gpu));
    if (onTheirWay.length > CHUNKS_ON_THEIR_WAY) await onTheirWay.shift();
    onProgress?.({ doneBytes, totalBytes });
  }
  await Promise.all(onTheirWay);
  signal?.throwIfAborted();
}

/** @throws ModelFileError for a chunk that is too short; whatever `read` throws. */
async function readWhole(chunk: Piece, read: PieceReader): Promise<Uint8Array> {
  const bytes = await read(chunk);
  if (bytes.byteLength === chunk.bytes) return bytes;
  throw new ModelFileError(`${chunk.name} has ${bytes.byteLength} bytes, expected ${chunk.bytes}.`);
}

/** Resolves when the GPU has taken what was written. An empty submit makes sure that the writes are on their way. */
function taken({ device }: Gpu): Promise<unknown> {
  device.queue.submit([]);
  const done = device.queue.onSubmittedWorkDone();
  // Awaited later, where it still throws.
  done.catch(() => undefined);
  return done;
}
