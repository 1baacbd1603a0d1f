import { GROUP_SIZE, ZERO_CODE } from "../../int4";

/** The group's codes (32), 0 … 15, and its f16 scale as a number. */
export interface QuantizedGroup {
  readonly codes: readonly number[];
  readonly scale: number;
}

/** Fractions of 2¹⁶ that the largest value is multiplied with: −1/8.5, −1/8.25, −1/8, −1/8.75, −1/7.75, 1/7.2. */
const FACTORS = [-7710, -7944, -8192, -7490, -8456, 9102];

/** Half away from zero. */
const roundAway = (value: number): number => Math.sign(value) * Math.floor(Math.abs(value) + 0.5);

/**
 * The plain statement of what quantize-int4.wgsl computes for one group of 32 finite values: the same integers, written
 * as real numbers that a double holds exactly.
 */
export function quantizeGroupReference(values: ArrayLike<number>): QuantizedGroup {
  const group = Array.from({ length: GROUP_SIZE }, (_, i) => values[i] ?? Number.NaN);
  const extreme = group.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
  const exponent = exponentOf(extreme);
  if (!(exponent >= -24)) return { codes: group.map(() => ZERO_CODE), scale: 0 };
  // The largest magnitude lies in [2^14, 2^15] and is positive.
  const unit = Math.sign(extreme) * 2 ** (exponent - 14);
  const fixed = group.map((value) => roundAway(value / unit));
  const size = chooseSize(fixed, exponent);
  return { codes: fixed.map((value) => nearestLevel(value, size) + ZERO_CODE), scale: size === 0 ? 0 : size * unit };
}

interface Best {
  size: number;
  error: number;
}

function chooseSize(fixed: readonly number[], exponent: number): number {
  const largest = Math.max(...fixed);
  let best: Best = { size: 0, error: 2 ** 32 - 1 };
  for (const factor of FACTORS) {
    const exact = Math.floor((largest * Math.abs(factor)) / 256) / 256;
    best = better(fixed, Math.sign(factor) * roundSize(exact, exponent), best) ?? best;
  }
  for (let refinement = 0; refinement < 2 && best.size !== 0; refinement++) {
    const refined = Math.sign(best.size) * roundSize(leastSquares(fixed, best.size), exponent);
    const next = better(fixed, refined, best);
    if (!next) break;
    best = next;
  }
  return best.size;
}

/** This size, where its squared error is less than the best one's. */
function better(fixed: readonly number[], size: number, best: Best): Best | undefined {
  if (Math.abs(size) < 1100) return undefined;
  const errors = fixed.map((value) => Math.min(11585, Math.abs(value - nearestLevel(value, size) * size)) ** 2);
  const error = errors.reduce((sum, square) => sum + square, 0);
  return error < best.error ? { size, error } : undefined;
}

/** To 11 significant bits, or a multiple of f16's least number; 0 when f16 cannot hold it. */
function roundSize(exact: number, exponent: number): number {
  const step = Math.max(2 ** (exponentOf(exact) - 10), 2 ** (14 - exponent - 24), 1);
  const size = Math.floor(exact / step + 0.5) * step;
  return size * 2 ** (exponent - 14) >= 2 ** 16 ? 0 : size;
}

/** By the reciprocal in 26 bits. */
function nearestLevel(value: number, size: number): number {
  if (size === 0) return 0;
  const reciprocal = Math.sign(size) * Math.floor((2 ** 26 + Math.floor(Math.abs(size) / 2)) / Math.abs(size));
  return Math.min(7, Math.max(-8, Math.floor((value * reciprocal) / 2 ** 26 + 0.5)));
}

/** Σ value·level / Σ level², with 8 fraction bits. */
function leastSquares(fixed: readonly number[], size: number): number {
  let product = 0;
  let square = 0;
  for (const value of fixed) {
    const level = nearestLevel(value, size);
    product += value * level;
    square += level * level;
  }
  return Math.floor((Math.abs(product) * 256 + Math.floor(square / 2)) / square) / 256;
}

/** e for a magnitude in [2^e, 2^(e + 1)). */
function exponentOf(value: number): number {
  let exponent = Math.floor(Math.log2(Math.abs(value)));
  if (2 ** exponent > Math.abs(value)) exponent--; // log2 rounds
  if (2 ** (exponent + 1) <= Math.abs(value)) exponent++;
  return exponent;
}
