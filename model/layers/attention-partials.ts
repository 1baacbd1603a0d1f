import type { Gpu } from "@gpu/device";
import { MOST_SPLITS } from "@gpu/kernels/attention-merge/attention-merge";
import { partialsShape } from "@gpu/kernels/attention-split/attention-split";
import { ceilDiv } from "@gpu/shape";
import { byteLength, createTensor, type Tensor } from "@gpu/tensor";
import type { ModelConfig } from "../config";

/**
 * Positions that one workgroup reads. Short, so that at 2,048 positions of the full cache, and in a window of 512, there
 * are more workgroups than a large card has cores; 32 and 64 are the tiles of attention-split.
 */
const WINDOW_SPLIT = 32;
const FULL_SPLIT = 64;

export const splitLength = (window: number | undefined): number => (window === undefined ? FULL_SPLIT : WINDOW_SPLIT);

/** GPU memory of the scratch at its largest: with more positions each split takes more of them, and there are no more splits. */
export const mostPartialsBytes = ({ numHeads, headDim }: ModelConfig): number =>
  byteLength(partialsShape(numHeads, headDim, MOST_SPLITS), "f32");

/** Scratch for attention of one row over at most `capacity` positions or a window; all layers use it in turn. */
export function createPartials(gpu: Gpu, config: ModelConfig, capacity: number): Tensor {
  const { numHeads, headDim, slidingWindow } = config;
  const splits = Math.max(ceilDiv(capacity, FULL_SPLIT), ceilDiv(slidingWindow, WINDOW_SPLIT));
  return createTensor(gpu, "attention partials", partialsShape(numHeads, headDim, Math.min(splits, MOST_SPLITS)));
}
