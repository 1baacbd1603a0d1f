import { FIXED_ROWS, MOMENT_ROWS, OCTET } from "./fixed-point";

/** What is kept of values (a multiple of 8 of them) in the fixed point of fixed-point.ts. */
export function fixedPointReference(values: ArrayLike<number>): Float32Array {
  const kept = new Float32Array(values.length);
  for (let first = 0; first < values.length; first += OCTET) {
    const octet = Array.from({ length: OCTET }, (_, i) => values[first + i] ?? Number.NaN);
    const unit = unitOf(octet);
    kept.set(
      // Integers know no negative zero.
      octet.map((value) => roundToEven(value / unit) * unit + 0),
      first,
    );
  }
  return kept;
}

/** A power of two. */
function unitOf(octet: ArrayLike<number>): number {
  const largest = Math.max(...Array.from(octet, Math.abs));
  const exponent = Math.floor(Math.log2(Math.fround(Math.fround(largest) * Math.fround(MARGIN))));
  return 2 ** (Math.max(exponent, LEAST_EXPONENT) - 14);
}

/** So that the largest q, 32768 / MARGIN, still has a high byte below 128. */
const MARGIN = 1.004;
/** Below this all are zeros: their unit would leave the range of f32. */
const LEAST_EXPONENT = -108;

/** The words of values (a multiple of 32 of them). */
export function toFixedPoint(values: Float32Array): Uint32Array {
  return fixedWords(values, FIXED_ROWS);
}

/** The words of w ⊙ r with the moments of r (a multiple of 32 values). */
export function toNormed(r: Float32Array, weight: ArrayLike<number>): Uint32Array {
  const words = fixedWords(
    r.map((value, i) => value * (weight[i] ?? Number.NaN)),
    FIXED_ROWS + MOMENT_ROWS,
  );
  const octets = r.length / OCTET;
  const moments = new Float32Array(words.buffer).subarray(FIXED_ROWS * octets);
  for (const [octet, { mean, squares }] of octetMoments(r).entries()) {
    moments[octet] = mean;
    moments[octets + octet] = squares;
  }
  return words;
}

/** Of each octet the mean, and the sum of squared deviations from it. */
export function octetMoments(values: Float32Array): { mean: number; squares: number }[] {
  return Array.from({ length: values.length / OCTET }, (_, octet) => {
    const own = [...values.subarray(octet * OCTET, (octet + 1) * OCTET)];
    const mean = own.reduce((sum, value) => sum + value, 0) / OCTET;
    return { mean, squares: own.reduce((sum, value) => sum + (value - mean) ** 2, 0) };
  });
}

function fixedWords(values: Float32Array, rows: number): Uint32Array {
  const octets = values.length / OCTET;
  const words = new Uint32Array(rows * octets);
  const bytes = new Int8Array(words.buffer);
  const units = new Float32Array(words.buffer);
  for (let octet = 0; octet < octets; octet++) {
    const elements = values.subarray(octet * OCTET, (octet + 1) * OCTET);
    const unit = unitOf(elements);
    for (const [i, value] of elements.entries()) {
      const whole = roundToEven(value / unit);
      const low = (whole << 24) >> 24;
      bytes[((i % 2) * octets + octet) * 4 + (i >> 1)] = (whole - low) >> 8;
      bytes[((2 + (i % 2)) * octets + octet) * 4 + (i >> 1)] = low;
    }
    units[4 * octets + octet] = unit / 16;
  }
  return words;
}

/** The values that words written by a kernel stand for. */
export function fromFixedPoint(words: Uint32Array, rows = FIXED_ROWS): Float32Array {
  const octets = words.length / rows;
  const signed = new Int8Array(words.buffer, words.byteOffset, words.byteLength);
  const units = new Float32Array(words.buffer, words.byteOffset, words.length);
  const byte = (row: number, octet: number, i: number) => signed[(row * octets + octet) * 4 + i] ?? Number.NaN;
  return Float32Array.from({ length: octets * OCTET }, (_, column) => {
    const octet = Math.floor(column / OCTET);
    const odd = column % 2;
    const at = (column % OCTET) >> 1;
    const unit = 16 * (units[4 * octets + octet] ?? Number.NaN);
    return (256 * byte(odd, octet, at) + byte(2 + odd, octet, at)) * unit;
  });
}

function roundToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
