import type { Gpu } from "./device";
import { GROUP_SIZE } from "./int4";
import { assertShape, assertThat } from "./shape";
import { createTensor, type Tensor } from "./tensor";

/**
 * One row of activations in block fixed point, as integer dot products read it (`dot4I8Packed`): each octet of 8 shares a
 * unit, a power of two, and each element is a whole number q of units, |q| ≤ 32,639, in two signed bytes: q = 256 high + low.
 *
 *   unit = 2^(e − 14) with e = floor(log2(largest magnitude · 1.004)), so the largest q is above 16,200: an element moves by
 *          at most half a unit, 2⁻¹⁵ of its octet's largest, and everything but that rounding is exact
 *
 * (5, cols / 32, 4) u32, an octet's words below each other, octet w of a group being what word w of its codes (int4.ts) meets:
 *
 *   row 0, 1   the high bytes of the even elements, and of the odd ones; the first in the lowest byte
 *   row 2, 3   the low bytes of the same
 *   row 4      unit / 16 as f32 (codes are multiplied where they stand, in the upper half of a byte)
 *
 * What waits for a LayerNorm is kept as w ⊙ r, the norm's weight and the residual stream, with the moments of r, in two rows more:
 *
 *   row 5      the mean of an octet of r
 *   row 6      the sum of its squared deviations from that mean
 *
 * The WGSL of each kernel that writes it has the same few lines, since WGSL has no includes.
 */
export const FIXED_ROWS = 5;
export const MOMENT_ROWS = 2;

/** Elements that share a unit. */
export const OCTET = 8;

export const fixedShape = (cols: number): readonly number[] => [FIXED_ROWS, cols / GROUP_SIZE, 4];
export const normedShape = (cols: number): readonly number[] => [FIXED_ROWS + MOMENT_ROWS, cols / GROUP_SIZE, 4];

/** @throws ShapeError when the columns are not whole groups. */
export const createFixed = (gpu: Gpu, label: string, cols: number): Tensor => create(gpu, label, cols, fixedShape);

/**
 * With room for moments.
 *
 * @throws ShapeError when the columns are not whole groups.
 */
export const createNormed = (gpu: Gpu, label: string, cols: number): Tensor => create(gpu, label, cols, normedShape);

function create(gpu: Gpu, label: string, cols: number, shape: (cols: number) => readonly number[]): Tensor {
  assertThat(cols % GROUP_SIZE === 0, `${label} has ${cols} columns, expected a multiple of ${GROUP_SIZE}`);
  return createTensor(gpu, label, shape(cols), "u32");
}

/** @throws ShapeError when it is no row of this many columns in fixed point. */
export const assertFixed = (tensor: Tensor, cols: number): void => assertLayout(tensor, fixedShape(cols));

/** @throws ShapeError when it is no row of this many columns with moments. */
export const assertNormed = (tensor: Tensor, cols: number): void => assertLayout(tensor, normedShape(cols));

function assertLayout({ label, shape, type }: Tensor, expected: readonly number[]): void {
  assertShape(label, shape, expected);
  assertThat(type === "u32", `${label} is ${type}, expected u32, in fixed point`);
}

/** Whether a tensor is in fixed point, and not f32. */
export const isFixed = ({ type }: Tensor): boolean => type === "u32";
