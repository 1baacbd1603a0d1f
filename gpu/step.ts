import type { Gpu } from "./device";
import { createTensor, type Tensor } from "./tensor";

/**
 * What changes from one run of a recording to the next, in 16 bytes of GPU memory that kernels bind as
 * `var<uniform> step: Step`. Because lengths live here and not in constants or bind groups, the same dispatches serve
 * every token. Each WGSL file that reads it declares the same struct:
 *
 *   struct Step {
 *     position: u32,  // of the first row of this run in the sequence
 *     tokens: u32,    // rows of this run that are real; buffers may hold more
 *     done: u32,      // 1: the sequence has ended, so state must not be written any more
 *     drawn: u32,     // tokens sampled since the sampler was seeded
 *   }
 */
export interface StepValues {
  position: number;
  tokens: number;
  done: number;
  drawn: number;
}

export const STEP_WORDS = 4;

export const createStep = (gpu: Gpu, label: string): Tensor => createTensor(gpu, label, [STEP_WORDS], "u32");

/** Takes effect for all work submitted afterwards. */
export function writeStep(gpu: Gpu, step: Tensor, { position, tokens, done, drawn }: StepValues): void {
  gpu.device.queue.writeBuffer(step.buffer, 0, new Uint32Array([position, tokens, done, drawn]));
}
