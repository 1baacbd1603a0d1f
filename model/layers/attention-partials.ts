import type { Gpu } from "@gpu/device";
import { partialsShape } from "@gpu/kernels/attention-split/attention-split";
import { ceilDiv } from "@gpu/shape";
import { createTensor, type Tensor } from "@gpu/tensor";
import type { ModelConfig } from "../config";

/**
 * Positions that one workgroup reads. Short, so that at 2,048 positions of the full cache, and in a window of 512, there
 * are more workgroups than a large card has cores; 32 and 64 are the tiles of attention-split.
 */
const WINDOW_SPLIT = 32;
const FULL_SPLIT = 64;

/** Beyond this many, each split takes more positions instead: there are workgroups enough, and attention-merge takes no more. */
const MOST_SPLITS = 64;

export const splitLength = (window: number | undefined): number => (window === undefined ? FULL_SPLIT : WINDOW_SPLIT);

/** Scratch for attention of one row over at most `capacity` positions or a window; all layers use it in turn. */
export function createPartials(gpu: Gpu, config: ModelConfig, capacity: number): Tensor {
  const { numHeads, headDim, slidingWindow } = config;
  const splits = Math.max(ceilDiv(capacity, FULL_SPLIT), ceilDiv(slidingWindow, WINDOW_SPLIT));
  return createTensor(gpu, "attention partials", partialsShape(numHeads, headDim, Math.min(splits, MOST_SPLITS)));
}
