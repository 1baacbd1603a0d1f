import { FIXED_ROWS } from "./fixed-point";
import { GROUP_SIZE } from "./int4";

/** What is kept of values (a multiple of 32 of them) in the fixed point of fixed-point.ts. */
export function fixedPointReference(values: ArrayLike<number>): Float32Array {
  const kept = new Float32Array(values.length);
  for (let first = 0; first < values.length; first += GROUP_SIZE) {
    const group = Array.from({ length: GROUP_SIZE }, (_, i) => values[first + i] ?? Number.NaN);
    const unit = unitOf(Math.max(...group.map(Math.abs)));
    kept.set(
      // Integers know no negative zero.
      group.map((value) => roundToEven(value / unit) * unit + 0),
      first,
    );
  }
  return kept;
}

/** The unit of a group whose largest magnitude this is: a power of two. */
function unitOf(largest: number): number {
  const exponent = Math.floor(Math.log2(Math.fround(Math.fround(largest) * Math.fround(MARGIN))));
  return 2 ** (Math.max(exponent, LEAST_EXPONENT) - 14);
}

/** So that the largest q, 32768 / MARGIN, still has a high byte below 128. */
const MARGIN = 1.004;
/** Below this all are zeros: their unit would leave the range of f32. */
const LEAST_EXPONENT = -108;

/** The words of values (a multiple of 32 of them). */
export function toFixedPoint(values: Float32Array): Uint32Array {
  const groups = values.length / GROUP_SIZE;
  const words = new Uint32Array(FIXED_ROWS * groups * 4);
  const bytes = new Int8Array(words.buffer);
  const units = new Float32Array(words.buffer);
  for (let group = 0; group < groups; group++) {
    const elements = values.subarray(group * GROUP_SIZE, (group + 1) * GROUP_SIZE);
    const unit = unitOf(elements.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
    for (const [i, value] of elements.entries()) {
      const whole = roundToEven(value / unit);
      const low = (whole << 24) >> 24;
      bytes[((i % 2) * groups + group) * 16 + (i >> 1)] = (whole - low) >> 8;
      bytes[((2 + (i % 2)) * groups + group) * 16 + (i >> 1)] = low;
    }
    units[(4 * groups + group) * 4] = unit / 16;
  }
  return words;
}

/** The values that words written by a kernel stand for. */
export function fromFixedPoint(words: Uint32Array): Float32Array {
  const groups = words.length / (FIXED_ROWS * 4);
  const signed = new Int8Array(words.buffer, words.byteOffset, words.byteLength);
  const units = new Float32Array(words.buffer, words.byteOffset, words.length);
  const byte = (row: number, group: number, i: number) => signed[(row * groups + group) * 16 + i] ?? Number.NaN;
  return Float32Array.from({ length: groups * GROUP_SIZE }, (_, column) => {
    const group = Math.floor(column / GROUP_SIZE);
    const i = column % GROUP_SIZE;
    const odd = i % 2;
    const at = Math.floor(i / 2);
    const unit = 16 * (units[(4 * groups + group) * 4] ?? Number.NaN);
    return (256 * byte(odd, group, at) + byte(2 + odd, group, at)) * unit;
  });
}

function roundToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
