import type { Gpu } from "@gpu/device";
import { checked } from "@gpu/recording";
import { ModelFileError } from "./errors";
import { type Manifest, placements, sumBytes } from "./format";
import type { PieceReader } from "./stored-model";
import { allocateWeights, type Weights } from "./weights";

export interface LoadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after every chunk. */
  readonly onProgress?: ((progress: { readonly doneBytes: number; readonly totalBytes: number }) => void) | undefined;
}

/** Chunks handed to the queue before waiting for the GPU: the driver keeps its own copy of each until then. */
const CHUNKS_PER_WAIT = 4;

/**
 * Brings a model's weights onto the GPU, chunk by chunk; the next one is read while the last one is written. Memory
 * holds two chunks here and up to four in the driver, whatever the size of the model.
 *
 * @throws whatever `read` throws (ModelFileError, StorageError); GpuFaultError when the GPU has no room;
 * AbortError. The GPU memory is freed then.
 */
export async function loadWeights(
  gpu: Gpu,
  manifest: Manifest,
  read: PieceReader,
  options: LoadOptions = {},
): Promise<Weights> {
  options.signal?.throwIfAborted();
  const weights = await checked(gpu, "allocating the weights", () => allocateWeights(gpu, manifest.tensors));
  try {
    await writeChunks(gpu, weights, manifest, read, options);
    return weights;
  } catch (error) {
    weights.destroy();
    throw error;
  }
}

async function writeChunks(
  gpu: Gpu,
  weights: Weights,
  manifest: Manifest,
  read: PieceReader,
  { signal, onProgress }: LoadOptions,
): Promise<void> {
  const places = placements(manifest);
  const totalBytes = sumBytes(manifest.chunks);
  let doneBytes = 0;
  for await (const { index, bytes } of readAhead(manifest, read)) {
    signal?.throwIfAborted();
    for (const { name, part, begin, end, offset } of places.filter(({ chunk }) => chunk === index))
      weights.write(name, part, offset, bytes.subarray(begin, end));
    doneBytes += bytes.byteLength;
    if (index % CHUNKS_PER_WAIT === CHUNKS_PER_WAIT - 1) await written(gpu);
    onProgress?.({ doneBytes, totalBytes });
  }
  await written(gpu);
  signal?.throwIfAborted();
}

/** Chunks in order, the next one already on its way. */
async function* readAhead({ chunks }: Manifest, read: PieceReader) {
  const readChunk = async (index: number) => {
    const chunk = chunks[index];
    if (!chunk) return undefined;
    const bytes = await read(chunk);
    if (bytes.byteLength === chunk.bytes) return bytes;
    throw new ModelFileError(`${chunk.name} has ${bytes.byteLength} bytes, expected ${chunk.bytes}.`);
  };
  let next = readChunk(0);
  for (let index = 0; ; index++) {
    const bytes = await next;
    if (!bytes) return;
    next = readChunk(index + 1);
    // When the loop is left early nobody awaits it; awaited, it still throws.
    next.catch(() => undefined);
    yield { index, bytes };
  }
}

/** Waits until the GPU has taken what was written. An empty submit makes sure that the writes are on their way. */
async function written({ device }: Gpu): Promise<void> {
  device.queue.submit([]);
  await device.queue.onSubmittedWorkDone();
}
