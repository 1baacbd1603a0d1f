import type { Gpu } from "./device";
import { GROUP_SIZE } from "./int4";
import { assertShape, assertThat } from "./shape";
import { createTensor, type Tensor } from "./tensor";

/**
 * One row of activations in block fixed point, as integer dot products read it (`dot4I8Packed`): each group of 32 shares a
 * unit, a power of two, and each element is a whole number q of units, |q| ≤ 32,639, in two signed bytes: q = 256 high + low.
 *
 *   unit = 2^(e − 14) with e = floor(log2(largest magnitude · 1.004)), so the largest q is above 16,200: an element moves by
 *          at most half a unit, 2⁻¹⁵ of its group's largest, and everything but that rounding is exact
 *
 * (5, cols / 32, 4) u32. Word w of a group has its elements 8w … 8w + 7, in the order in which int4.ts stores codes:
 *
 *   row 0, 1   the high bytes of the even elements, and of the odd ones; the first in the lowest byte
 *   row 2, 3   the low bytes of the same
 *   row 4      word 0: unit / 16 as f32 (codes are multiplied where they stand, in the upper half of a byte)
 *
 * The WGSL of each kernel that writes it has the same few lines, since WGSL has no includes.
 */
export const FIXED_ROWS = 5;

export const fixedShape = (cols: number): readonly number[] => [FIXED_ROWS, cols / GROUP_SIZE, 4];

/** @throws ShapeError when the columns are not whole groups. */
export function createFixed(gpu: Gpu, label: string, cols: number): Tensor {
  assertThat(cols % GROUP_SIZE === 0, `${label} has ${cols} columns, expected a multiple of ${GROUP_SIZE}`);
  return createTensor(gpu, label, fixedShape(cols), "u32");
}

/** @throws ShapeError when it is no row of this many columns in fixed point. */
export function assertFixed({ label, shape, type }: Tensor, cols: number): void {
  assertShape(label, shape, fixedShape(cols));
  assertThat(type === "u32", `${label} is ${type}, expected u32, in fixed point`);
}

/** Whether a tensor is in fixed point, and not f32. */
export const isFixed = ({ type }: Tensor): boolean => type === "u32";
