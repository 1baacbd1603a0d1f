import { GROUP_SIZE, ZERO_CODE } from "@gpu/int4";
import { UnstorableValueError } from "./half";

/*
 * Everything here is integer arithmetic, so that gpu/kernels/quantize-int4 gives the same bytes on every device:
 * shaders may fuse, reorder and approximate floating-point operations, but not these.
 *
 * A group is put on a common grid: its values become integers of at most FIXED_BITS bits ("fixed"), with the sign that
 * makes the largest one positive. A scale of 11 significant bits, as f16 has, is then an integer too (its "size").
 */

/** The largest magnitude of a group lies in [2^FIXED_BITS, 2^(FIXED_BITS + 1)] on the grid. */
const FIXED_BITS = 14;

/**
 * The scales tried for a group are its value of largest magnitude divided by −8.5, −8.25, −8, −8.75, −7.75 and 7.2:
 * here times 2¹⁶. −8 is the level that only one sign has, so it goes to that value: the divisors are negative, the
 * scale takes whatever sign follows. The last one is for groups with large values of both signs. With one
 * least-squares step after it this short list comes within 0.3 % of the error that 200 divisors reach (README.md,
 * "Quantizer").
 */
const FACTORS = Int32Array.of(-7710, -7944, -8192, -7490, -8456, 9102);

const REFINEMENTS = 2;

/** 7 · 65,504 as f32 bits: the most that a value may be, for its scale must stay below f16's 65,504. */
const MOST_BITS = 0x48dfe400;

/** Groups whose largest magnitude is below 2⁻²⁴ have no f16 scale but 0. */
const LEAST_EXPONENT = -24;

/** Fraction bits of a size that is still to be rounded to f16. */
const FRACTION_BITS = 8;

/** A size below this would let value · reciprocal overflow. A group's largest value is at most 14 times its scale. */
const LEAST_SIZE = 1100;

const RECIPROCAL_BITS = 26;

/** Of a difference on the grid: 32 squares of it still fit into 32 bits. Only scales that lose anyway reach it. */
const MOST_DIFFERENCE = 11585;

/** Elements between two looks at whether a scale is already worse than the best. Divides GROUP_SIZE. */
const STRIDE = 8;

/**
 * Symmetric 4-bit groups (gpu/int4.ts): for each group the f16 scale and the codes with the least squared error among
 * the scales tried. Nothing is allocated for a group.
 *
 * @param values (groups × 32) f32
 * @param codes (groups × 16) bytes, written
 * @param scales (groups) f16 bits, written
 * @throws UnstorableValueError for a value that is not finite or too large.
 */
export function quantizeInt4(values: Float32Array, codes: Uint8Array, scales: Uint16Array): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let group = 0; group < scales.length; group++) {
    const begin = group * GROUP_SIZE;
    const extreme = extremeOf(bits, begin);
    const exponent = ((extreme >>> 23) & 0xff) - 127;
    bestSize = 0;
    if (exponent >= LEAST_EXPONENT) {
      toGrid(bits, begin, extreme);
      chooseSize(exponent);
    }
    scales[group] = scaleBits(bestSize, exponent, extreme);
    writeCodes(begin, codes);
  }
}

/** The group at work; kept outside so that a group costs no allocation. */
const fixed = new Int32Array(GROUP_SIZE);
/** On the grid of `fixed`, squared. */
let leastError = 0;
/** The best scale on the grid of `fixed`; it has a sign. 0: none serves. */
let bestSize = 0;

/** The bits of the value of largest magnitude. */
function extremeOf(bits: Uint32Array, begin: number): number {
  let extreme = 0;
  let largest = 0;
  for (let i = begin; i < begin + GROUP_SIZE; i++) {
    const word = bits[i] as number;
    const magnitude = word & 0x7fffffff; // its order is that of the numbers; infinity and NaN come last
    if (magnitude > MOST_BITS) throw unstorable(bits, i);
    if (magnitude > largest) {
      largest = magnitude;
      extreme = word;
    }
  }
  return extreme;
}

function unstorable(bits: Uint32Array, index: number): UnstorableValueError {
  const [value] = new Float32Array(bits.buffer, bits.byteOffset + index * 4, 1);
  return new UnstorableValueError(`element ${index} is ${value}, which int4 cannot hold`);
}

/** value · 2^(FIXED_BITS − exponent of the extreme), to nearest, times the extreme's sign. */
function toGrid(bits: Uint32Array, begin: number, extreme: number): void {
  const top = ((extreme >>> 23) & 0xff) + 23 - FIXED_BITS;
  for (let i = 0; i < GROUP_SIZE; i++) {
    const word = bits[begin + i] as number;
    const shift = top - ((word >>> 23) & 0xff);
    const mantissa = (word & 0x7fffff) | 0x800000;
    const size = shift > 24 ? 0 : (mantissa + (1 << (shift - 1))) >>> shift;
    fixed[i] = (word ^ extreme) < 0 ? -size : size;
  }
}

function chooseSize(exponent: number): void {
  leastError = Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < GROUP_SIZE; i++) largest = Math.max(largest, fixed[i] as number);
  for (let i = 0; i < FACTORS.length; i++) {
    const factor = FACTORS[i] as number;
    trySize((largest * Math.abs(factor)) >>> FRACTION_BITS, factor < 0, exponent);
  }
  for (let i = 0; i < REFINEMENTS && bestSize !== 0; i++) {
    if (!trySize(leastSquaresSize(), bestSize < 0, exponent)) break;
  }
}

/**
 * Whether this scale, rounded to f16, is better than the best so far; then it is the best.
 *
 * @param exact its magnitude on the grid, with FRACTION_BITS fraction bits
 */
function trySize(exact: number, isNegative: boolean, exponent: number): boolean {
  const magnitude = roundSize(exact, exponent);
  if (magnitude < LEAST_SIZE) return false;
  const size = isNegative ? -magnitude : magnitude;
  const factor = reciprocal(size);
  let error = 0;
  for (let i = 0; i < GROUP_SIZE; i += STRIDE) {
    for (let j = i; j < i + STRIDE; j++) {
      const value = fixed[j] as number;
      const difference = Math.min(Math.abs(value - nearestLevel(value, factor) * size), MOST_DIFFERENCE);
      error += difference * difference;
    }
    if (error >= leastError) return false;
  }
  leastError = error;
  bestSize = size;
  return true;
}

/** To 11 significant bits, or to a multiple of f16's least number 2⁻²⁴. 0 when it is too large for f16. */
function roundSize(exact: number, exponent: number): number {
  const dropped = Math.max(31 - Math.clz32(exact) - 10, FRACTION_BITS + Math.max(0, FIXED_BITS - exponent - 24));
  const size = ((exact + (1 << (dropped - 1))) >>> dropped) << (dropped - FRACTION_BITS);
  return 31 - Math.clz32(size) - FIXED_BITS + exponent > 15 ? 0 : size;
}

/** 2^RECIPROCAL_BITS / size, to nearest, with its sign. */
function reciprocal(size: number): number {
  const magnitude = Math.abs(size);
  const factor = (((1 << RECIPROCAL_BITS) + (magnitude >>> 1)) / magnitude) | 0;
  return size < 0 ? -factor : factor;
}

/** −8 … 7 */
function nearestLevel(value: number, factor: number): number {
  const level = (Math.imul(value, factor) + (1 << (RECIPROCAL_BITS - 1))) >> RECIPROCAL_BITS;
  return Math.max(-8, Math.min(7, level));
}

/** With the codes that the best size gives, Σ value·level / Σ level² is the scale of least error. */
function leastSquaresSize(): number {
  const factor = reciprocal(bestSize);
  let product = 0;
  let square = 0;
  for (let i = 0; i < GROUP_SIZE; i++) {
    const value = fixed[i] as number;
    const level = nearestLevel(value, factor);
    product += value * level;
    square += level * level;
  }
  return ((Math.abs(product) * (1 << FRACTION_BITS) + (square >>> 1)) / square) >>> 0;
}

/** The f16 that the size stands for. */
function scaleBits(size: number, exponent: number, extreme: number): number {
  if (size === 0) return 0;
  const sign = ((extreme ^ size) >>> 16) & 0x8000;
  const magnitude = Math.abs(size);
  const top = 31 - Math.clz32(magnitude);
  const biased = top - FIXED_BITS + exponent + 15;
  if (biased <= 0) return sign | (magnitude >>> (FIXED_BITS - exponent - 24));
  return sign | (biased << 10) | ((magnitude >>> (top - 10)) & 0x3ff);
}

function writeCodes(begin: number, codes: Uint8Array): void {
  const factor = bestSize === 0 ? 0 : reciprocal(bestSize);
  for (let i = 0; i < GROUP_SIZE; i += 2) {
    const low = nearestLevel(fixed[i] as number, factor) + ZERO_CODE;
    const high = nearestLevel(fixed[i + 1] as number, factor) + ZERO_CODE;
    codes[(begin + i) >>> 1] = low | (high << 4);
  }
}
