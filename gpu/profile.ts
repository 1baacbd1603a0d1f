import type { Gpu } from "./device";
import { encode, type Recording } from "./recording";

/** GPU time of one dispatch. */
export interface Timing {
  readonly label: string;
  readonly elapsedMs: number;
}

const MAX_QUERIES = 4096;

/**
 * Runs a recording once with a compute pass for each dispatch and reads the timestamps around them.
 * Slower over all than a single pass; the parts are what it is for.
 *
 * @throws RangeError when the recording has more than 2,048 dispatches, Error when the device lacks timestamp-query.
 */
export async function profile(gpu: Gpu, recording: Recording, tokens: number): Promise<Timing[]> {
  const { device } = gpu;
  if (!device.features.has("timestamp-query")) throw new Error("This device offers no timestamp-query.");
  const count = recording.length * 2;
  if (count > MAX_QUERIES)
    throw new RangeError(`A recording of ${recording.length} dispatches is too long to profile.`);
  const querySet = device.createQuerySet({ label: "profile", type: "timestamp", count });
  const size = count * BigUint64Array.BYTES_PER_ELEMENT;
  const resolved = device.createBuffer({ size, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
  const staging = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  try {
    const encoder = device.createCommandEncoder({ label: "profile" });
    for (const [index, dispatch] of recording.entries()) {
      const timestampWrites = { querySet, beginningOfPassWriteIndex: index * 2, endOfPassWriteIndex: index * 2 + 1 };
      const pass = encoder.beginComputePass({ label: dispatch.label, timestampWrites });
      encode(pass, [dispatch], tokens);
      pass.end();
    }
    encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const nanoseconds = new BigUint64Array(staging.getMappedRange());
    return recording.map(({ label }, index) => {
      const [begin = 0n, end = 0n] = nanoseconds.subarray(index * 2, index * 2 + 2);
      return { label, elapsedMs: Number(end - begin) / 1e6 };
    });
  } finally {
    querySet.destroy();
    resolved.destroy();
    staging.destroy();
  }
}
