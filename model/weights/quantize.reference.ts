import { GROUP_SIZE, ZERO_CODE } from "@gpu/int4";

/** One group by exhaustive search: every f16 scale, of either sign, that could serve it. */
export interface ReferenceGroup {
  readonly scale: number;
  /** (32), 0 … 15. */
  readonly codes: readonly number[];
  readonly squaredError: number;
}

/** f16 has 11 significant bits; the numbers of [1, 2) are 2⁻¹⁰ apart. Subnormals are left out. */
function* f16Between(low: number, high: number): Generator<number> {
  for (let exponent = -14; exponent <= 15; exponent++) {
    for (let fraction = 0; fraction < 1024; fraction++) {
      const value = (1 + fraction / 1024) * 2 ** exponent;
      if (value >= low && value <= high) yield value;
    }
  }
}

const codeOf = (value: number, scale: number): number =>
  Math.min(15, Math.max(0, Math.floor(value / scale + 0.5) + ZERO_CODE));

/** The least squared error that one group of 32 values can have in 4 bits. Slow. */
export function quantizeGroupReference(values: readonly number[]): ReferenceGroup {
  const largest = Math.max(...values.map(Math.abs));
  let best: ReferenceGroup = {
    scale: 0,
    codes: values.map(() => ZERO_CODE),
    squaredError: values.reduce((sum, value) => sum + value * value, 0),
  };
  for (const magnitude of f16Between(largest / 14, largest / 4)) {
    for (const scale of [magnitude, -magnitude]) {
      const codes = values.map((value) => codeOf(value, scale));
      const squaredError = codes.reduce(
        (sum, code, i) => sum + ((values[i] ?? Number.NaN) - (code - ZERO_CODE) * scale) ** 2,
        0,
      );
      if (squaredError < best.squaredError) best = { scale, codes, squaredError };
    }
  }
  return best;
}

/** value = (code − 8) × scale for flat codes (elements / 2) bytes and scales (elements / 32) as numbers. */
export function dequantizeReference(codes: Uint8Array, scales: ArrayLike<number>): Float32Array {
  return Float32Array.from({ length: codes.length * 2 }, (_, i) => {
    const byte = codes[Math.floor(i / 2)] ?? Number.NaN;
    const code = i % 2 === 0 ? byte % 16 : Math.floor(byte / 16);
    return (code - ZERO_CODE) * (scales[Math.floor(i / GROUP_SIZE)] ?? Number.NaN);
  });
}
