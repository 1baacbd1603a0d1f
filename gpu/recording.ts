import type { Gpu } from "./device";
import { GpuFaultError } from "./errors";
import type { Dispatch } from "./kernel";

/** Dispatches in running order. Each sees what the ones before it wrote. Built once, run for every token. */
export type Recording = readonly Dispatch[];

/** Adds one run over `tokens` rows to a compute pass. */
export function encode(pass: GPUComputePassEncoder, recording: Recording, tokens: number): void {
  for (const { pipeline, bind, workgroups } of recording) {
    pass.setPipeline(pipeline.compiled);
    pass.setBindGroup(0, bind());
    pass.dispatchWorkgroups(...workgroups(tokens));
  }
}

/**
 * Compiles all that a recording needs, in parallel and in the background, and binds its tensors. Not needed for a
 * recording to run, but what is compiled only when it is encoded holds up everything else.
 *
 * @throws GpuFaultError naming the kernel, with the compiler's message or what WebGPU found wrong with a binding.
 */
export async function compile(gpu: Gpu, recording: Recording): Promise<void> {
  await Promise.all(recording.map(({ pipeline }) => pipeline.compile()));
  await checked(gpu, "binding", () => {
    for (const { bind } of recording) bind();
  });
}

export interface SubmitOptions {
  /** Runs inside the one compute pass, each over `tokens` rows. */
  readonly repeat?: number;
  /** More commands for the same submit, after the pass: read-backs. */
  readonly after?: (encoder: GPUCommandEncoder) => void;
}

/** One recording, one compute pass, one submit. Returns at once; the GPU works on. */
export function submit(
  gpu: Gpu,
  recording: Recording,
  tokens: number,
  { repeat = 1, after }: SubmitOptions = {},
): void {
  const encoder = gpu.device.createCommandEncoder({ label: "recording" });
  const pass = encoder.beginComputePass({ label: "recording" });
  for (let run = 0; run < repeat; run++) encode(pass, recording, tokens);
  pass.end();
  after?.(encoder);
  gpu.device.queue.submit([encoder.finish()]);
}

/**
 * Runs a function that creates pipelines, buffers or submits work, and waits for WebGPU's verdict on it. Without this a
 * broken shader or a failed allocation yields zeros and no exception.
 *
 * @param free gives back what work() returned, when WebGPU reports something: nobody else will ever see it.
 * @throws GpuFaultError with what WebGPU reported, else whatever work() throws.
 */
export async function checked<T>(
  gpu: Gpu,
  what: string,
  work: () => T | Promise<T>,
  free?: (made: T) => void,
): Promise<T> {
  const filters: readonly GPUErrorFilter[] = ["validation", "out-of-memory", "internal"];
  for (const filter of filters) gpu.device.pushErrorScope(filter);
  const [outcome] = await Promise.allSettled([(async () => work())()]);
  const errors = await Promise.all(filters.map(() => gpu.device.popErrorScope()));
  const error = errors.find((found) => found !== null);
  // The driver's report is the cause of whatever work() threw.
  const fault = error && new GpuFaultError(`${what}: ${error.message}`);
  if (outcome.status === "rejected") throw fault ?? outcome.reason;
  if (!fault) return outcome.value;
  free?.(outcome.value);
  throw fault;
}
