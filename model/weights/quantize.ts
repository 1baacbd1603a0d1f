import { GROUP_SIZE, ZERO_CODE } from "@gpu/int4";
import { fromF16, toF16, UnstorableValueError } from "./half";

/**
 * The scales tried for a group are its value of largest magnitude divided by each of these. −8 is the level that only
 * one sign has, so it goes to that value: the divisors are negative, the scale takes whatever sign follows. The last
 * one is for groups with large values of both signs. With one least-squares step after it this short list comes
 * within 0.3 % of the error that 200 divisors reach (README.md, "Quantizer").
 */
const DIVISORS = Float64Array.of(-8.5, -8.25, -8, -8.75, -7.75, 7.2);

const REFINEMENTS = 2;

/** Of a group's largest magnitude: its scale must stay below f16's 65,504. */
const MOST = 7 * 65504;

/** Elements between two looks at whether a scale is already worse than the best. Divides GROUP_SIZE. */
const STRIDE = 8;

/**
 * Symmetric 4-bit groups (gpu/int4.ts): for each group the f16 scale and the codes with the least squared error among
 * the scales tried. Nothing is allocated.
 *
 * @param values (groups × 32) f32
 * @param codes (groups × 16) bytes, written
 * @param scales (groups) f16 bits, written
 * @throws UnstorableValueError for a value that is not finite or too large.
 */
export function quantizeInt4(values: Float32Array, codes: Uint8Array, scales: Uint16Array): void {
  for (let group = 0; group < scales.length; group++) {
    const begin = group * GROUP_SIZE;
    const scale = chooseScale(values, begin);
    scales[group] = toF16(scale);
    writeCodes(values, begin, scale, codes);
  }
}

/** Squared error of the best scale of the group at work; kept outside so that a group costs no allocation. */
let leastError = 0;
let bestScale = 0;

function chooseScale(values: Float32Array, begin: number): number {
  const extreme = extremeOf(values, begin);
  bestScale = 0;
  leastError = Number.POSITIVE_INFINITY;
  if (extreme === 0) return 0;
  for (let i = 0; i < DIVISORS.length; i++) tryScale(values, begin, extreme / (DIVISORS[i] as number));
  for (let i = 0; i < REFINEMENTS; i++) {
    if (!tryScale(values, begin, leastSquaresScale(values, begin, bestScale))) break;
  }
  return bestScale;
}

/** The value of largest magnitude, with its sign. */
function extremeOf(values: Float32Array, begin: number): number {
  let extreme = 0;
  for (let i = begin; i < begin + GROUP_SIZE; i++) {
    const value = values[i] as number;
    // The comparison is false for NaN.
    if (!(Math.abs(value) <= MOST)) throw new UnstorableValueError(`element ${i} is ${value}, which int4 cannot hold`);
    if (Math.abs(value) > Math.abs(extreme)) extreme = value;
  }
  return extreme;
}

/** Whether this scale, rounded to f16, is better than the best so far; then it is the best. */
function tryScale(values: Float32Array, begin: number, exact: number): boolean {
  const scale = fromF16(toF16(exact));
  if (scale === 0) return false;
  const inverse = 1 / scale;
  let error = 0;
  for (let i = begin; i < begin + GROUP_SIZE; i += STRIDE) {
    for (let j = i; j < i + STRIDE; j++) {
      const value = values[j] as number;
      const difference = value - (nearestCode(value * inverse) - ZERO_CODE) * scale;
      error += difference * difference;
    }
    if (error >= leastError) return false;
  }
  leastError = error;
  bestScale = scale;
  return true;
}

/** With the codes that `scale` gives, Σ value·level / Σ level² is the scale of least error. */
function leastSquaresScale(values: Float32Array, begin: number, scale: number): number {
  if (scale === 0) return 0;
  const inverse = 1 / scale;
  let product = 0;
  let square = 0;
  for (let i = begin; i < begin + GROUP_SIZE; i++) {
    const value = values[i] as number;
    const level = nearestCode(value * inverse) - ZERO_CODE;
    product += value * level;
    square += level * level;
  }
  return square === 0 ? 0 : product / square;
}

function writeCodes(values: Float32Array, begin: number, scale: number, codes: Uint8Array): void {
  const inverse = scale === 0 ? 0 : 1 / scale;
  for (let i = begin; i < begin + GROUP_SIZE; i += 2) {
    const low = nearestCode((values[i] as number) * inverse);
    const high = nearestCode((values[i + 1] as number) * inverse);
    codes[i >>> 1] = low | (high << 4);
  }
}

/** 0 … 15; `| 0` cuts towards zero, and what it would round the wrong way is below 0 and clamped. */
function nearestCode(level: number): number {
  const code = (level + ZERO_CODE + 0.5) | 0;
  return code < 0 ? 0 : Math.min(code, 15);
}
