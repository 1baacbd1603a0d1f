import type { Gpu } from "../../device";
import type { Dispatch } from "../../kernel";
import {
  type MatmulKernel,
  type MatmulPath,
  type MatmulSplitTensors,
  type MatmulTensors,
  matmul,
  matmulSplit,
} from "../../matmul";
import wgsl from "./int4-matmul.wgsl?raw";

const KERNEL: MatmulKernel = { format: "int4", wgsl };

/**
 * Y = X Wᵀ (+ bias) for the first step.tokens rows of x and a 4-bit W, then the epilogue. One dispatch for each part of W.
 *
 * @param path for measuring; the default is what suits the adapter.
 * @throws ShapeError when shapes disagree.
 */
export const int4Matmul = (gpu: Gpu, tensors: MatmulTensors, path?: MatmulPath): Dispatch[] =>
  matmul(gpu, KERNEL, tensors, path);

/**
 * The sums of X Wᵀ over `splits` runs of columns, each by workgroups of its own: where W has few rows, there would be too
 * few of them. For graphics cards.
 *
 * @throws ShapeError when shapes disagree.
 */
export const int4MatmulSplit = (gpu: Gpu, tensors: MatmulSplitTensors): Dispatch[] => matmulSplit(gpu, KERNEL, tensors);
