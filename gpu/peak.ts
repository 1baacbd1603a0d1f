import type { Gpu } from "./device";
import { fmaPeak, OPERATIONS_PER_ROUND } from "./kernels/fma-peak/fma-peak";
import { readPeak } from "./kernels/read-peak/read-peak";
import { checked, type Recording, submit } from "./recording";
import { createTensor } from "./tensor";

/** What this device can do at most, measured from WGSL in this run: the floors of everything else. */
export interface Peak {
  /** Plain reads of a buffer far larger than any cache. */
  readonly bytesPerSecond: number;
  /** f32 multiply-adds in registers, two operations each. */
  readonly operationsPerSecond: number;
}

const INVOCATIONS = 256 * 2048;
const FIRST_ROUNDS = 64;
const ENOUGH_MS = 100;

/** Takes about a second. */
export async function measurePeak(gpu: Gpu): Promise<Peak> {
  const size = Math.min(gpu.device.limits.maxStorageBufferBindingSize, gpu.device.limits.maxBufferSize, 2 ** 29);
  const data = createTensor(gpu, "peak data", [size / 4], "u32");
  const sums = createTensor(gpu, "peak sums", [INVOCATIONS], "u32");
  const out = createTensor(gpu, "peak out", [INVOCATIONS]);
  try {
    const readMs = await medianMs(gpu, [readPeak(gpu, { data, sums })]);
    const fmaMs = await medianMs(gpu, [fmaPeak(gpu, { out, rounds: FIRST_ROUNDS })]);
    return {
      bytesPerSecond: (size / readMs) * 1000,
      operationsPerSecond: ((INVOCATIONS * FIRST_ROUNDS * OPERATIONS_PER_ROUND) / fmaMs) * 1000,
    };
  } finally {
    for (const { buffer } of [data, sums, out]) buffer.destroy();
  }
}

/**
 * Milliseconds of one run of a recording over `tokens` rows: the median of five submits, each with as many runs as take
 * about 100 ms, so that the cost of submitting is not in it.
 */
export async function medianMs(gpu: Gpu, recording: Recording, tokens = 1): Promise<number> {
  const timed = async (repeat: number): Promise<number> => {
    const begun = performance.now();
    submit(gpu, recording, tokens, { repeat });
    await gpu.device.queue.onSubmittedWorkDone();
    return performance.now() - begun;
  };
  return checked(gpu, "measuring", async () => {
    await timed(1); // compiles
    const repeat = Math.max(1, Math.ceil(ENOUGH_MS / (await timed(1))));
    const runs: number[] = [];
    for (let run = 0; run < 5; run++) runs.push((await timed(repeat)) / repeat);
    return runs.sort((a, b) => a - b)[2] ?? Number.NaN;
  });
}
