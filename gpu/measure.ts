import type { Gpu } from "./device";
import { checked, encode, type Recording } from "./recording";

/** What a measurement needs, in Node as in a page. */
export interface Meter {
  readonly gpu: Gpu;
  /** A clock in milliseconds. */
  readonly now: () => number;
}

export interface MeasureOptions {
  /** Rows of each run; 1 unless said otherwise. */
  readonly tokens?: number;
  /** About how long a sample takes: so many runs go into its one pass. */
  readonly sampleMs?: number;
  /** Puts back, before each sample, what the runs have changed. */
  readonly before?: () => unknown;
  /** Ends the measuring between two samples. */
  readonly signal?: AbortSignal | undefined;
}

const SAMPLE_MS = 20;
const SAMPLES = 5;
/** A command buffer of more dispatches than this takes long to encode, and tells no more. */
const MOST_DISPATCHES = 20_000;

/**
 * GPU milliseconds of one run of a recording: the median of five passes of many runs each. The device's own timestamps,
 * where it has them: what the CPU does meanwhile is not in it.
 *
 * @throws GpuFaultError with what WebGPU reported; AbortError.
 */
export async function medianMs(
  meter: Meter,
  recording: Recording,
  { tokens = 1, sampleMs = SAMPLE_MS, before, signal }: MeasureOptions = {},
): Promise<number> {
  const sample = async (repeat: number): Promise<number> => {
    signal?.throwIfAborted();
    await before?.();
    return (await passMs(meter, recording, tokens, repeat)) / repeat;
  };
  return checked(meter.gpu, "measuring", async () => {
    await sample(1); // compiles
    const fitting = Math.ceil(sampleMs / Math.max(await sample(1), 1e-3));
    const repeat = Math.max(1, Math.min(fitting, Math.floor(MOST_DISPATCHES / Math.max(1, recording.length))));
    const samples: number[] = [];
    for (let index = 0; index < SAMPLES; index++) samples.push(await sample(repeat));
    return median(samples);
  });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** GPU milliseconds of one pass of `repeat` runs; without timestamps, the time from its submit to its end. */
export async function passMs(
  { gpu, now }: Meter,
  recording: Recording,
  tokens: number,
  repeat: number,
): Promise<number> {
  const { device } = gpu;
  const clock = device.features.has("timestamp-query") ? createPassClock(device) : undefined;
  const encoder = device.createCommandEncoder({ label: "measured" });
  const pass = encoder.beginComputePass({
    label: "measured",
    ...(clock ? { timestampWrites: clock.timestampWrites } : {}),
  });
  for (let run = 0; run < repeat; run++) encode(pass, recording, tokens);
  pass.end();
  clock?.resolve(encoder);
  const commands = encoder.finish();
  // What is still running would be counted.
  if (!clock) await device.queue.onSubmittedWorkDone();
  const begun = now();
  device.queue.submit([commands]);
  if (clock) return clock.read();
  await device.queue.onSubmittedWorkDone();
  return now() - begun;
}

/** The timestamps at both ends of one compute pass. */
function createPassClock(device: GPUDevice) {
  const querySet = device.createQuerySet({ label: "measured", type: "timestamp", count: 2 });
  const size = 2 * BigUint64Array.BYTES_PER_ELEMENT;
  const resolved = device.createBuffer({ size, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
  const staging = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  return {
    timestampWrites: { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 },
    resolve(encoder: GPUCommandEncoder): void {
      encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
    },
    async read(): Promise<number> {
      await staging.mapAsync(GPUMapMode.READ);
      const [begin = 0n, end = 0n] = new BigUint64Array(staging.getMappedRange());
      querySet.destroy();
      resolved.destroy();
      staging.destroy();
      return Number(end - begin) / 1e6;
    },
  };
}
