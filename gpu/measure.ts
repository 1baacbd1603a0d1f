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
/** Of a run that a clock so coarse calls instant: browsers round timestamps to 0.1 ms. */
export const LEAST_MS = 0.01;
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
    const fitting = Math.ceil(sampleMs / Math.max(await sample(1), LEAST_MS));
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

/** Runs of a recording in one compute pass. */
export interface MeasuredPass {
  readonly recording: Recording;
  readonly repeat: number;
}

/** GPU milliseconds of one pass of `repeat` runs; without timestamps, the time from its submit to its end. */
export async function passMs(meter: Meter, recording: Recording, tokens: number, repeat: number): Promise<number> {
  const [elapsedMs = Number.NaN] = await passesMs(meter, [{ recording, repeat }], tokens);
  return elapsedMs;
}

/**
 * GPU milliseconds of each of a few passes, in one submit with one read-back; without timestamps each has a submit of its
 * own, and the time from there to its end.
 */
export async function passesMs(meter: Meter, passes: readonly MeasuredPass[], tokens = 1): Promise<number[]> {
  const { gpu, now } = meter;
  const { device } = gpu;
  if (device.features.has("timestamp-query")) return stampedMs(device, passes, tokens);
  const times: number[] = [];
  for (const pass of passes) {
    const encoder = device.createCommandEncoder({ label: "measured" });
    encodePass(encoder, pass, tokens);
    const commands = encoder.finish();
    // What is still running would be counted.
    await device.queue.onSubmittedWorkDone();
    const begun = now();
    device.queue.submit([commands]);
    await device.queue.onSubmittedWorkDone();
    times.push(now() - begun);
  }
  return times;
}

function encodePass(
  encoder: GPUCommandEncoder,
  { recording, repeat }: MeasuredPass,
  tokens: number,
  timestampWrites?: GPUComputePassTimestampWrites,
): void {
  const pass = encoder.beginComputePass({ label: "measured", ...(timestampWrites ? { timestampWrites } : {}) });
  for (let run = 0; run < repeat; run++) encode(pass, recording, tokens);
  pass.end();
}

async function stampedMs(device: GPUDevice, passes: readonly MeasuredPass[], tokens: number): Promise<number[]> {
  const count = 2 * passes.length;
  const size = count * BigUint64Array.BYTES_PER_ELEMENT;
  const querySet = device.createQuerySet({ label: "measured", type: "timestamp", count });
  const resolved = device.createBuffer({ size, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
  const staging = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  try {
    const encoder = device.createCommandEncoder({ label: "measured" });
    for (const [index, pass] of passes.entries()) {
      const [beginningOfPassWriteIndex, endOfPassWriteIndex] = [2 * index, 2 * index + 1];
      encodePass(encoder, pass, tokens, { querySet, beginningOfPassWriteIndex, endOfPassWriteIndex });
    }
    encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    return elapsedMs(new BigUint64Array(staging.getMappedRange()));
  } finally {
    for (const made of [querySet, resolved, staging]) made.destroy();
  }
}

/**
 * Milliseconds between the two stamps of each pass. A pass may be stamped as begun while the one before it still runs: it
 * counts from that one's end.
 *
 * @param stamps in nanoseconds: beginning and end of each pass, in the order in which they ran.
 */
export function elapsedMs(stamps: BigUint64Array): number[] {
  const times: number[] = [];
  for (let index = 0; index < stamps.length; index += 2) {
    const [begin = 0n, end = 0n] = stamps.subarray(index, index + 2);
    const before = stamps[index - 1] ?? 0n;
    times.push(Number(end - (begin > before ? begin : before)) / 1e6);
  }
  return times;
}
