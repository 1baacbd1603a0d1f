/** What a run writes; the same fields as in formula-weights.ts. */
interface Slice {
  readonly seed: number;
  readonly factor: number;
  readonly period: number;
  readonly first: number;
  readonly count: number;
}

/** The plain statement of what formula-weights.wgsl computes, before rounding to f16: values that bfloat16 holds. */
export function formulaWeightsReference(slice: Slice, base: ArrayLike<number>): Float32Array {
  const { seed, factor, period, first, count } = slice;
  return Float32Array.from({ length: count }, (_, i) => {
    const product = Math.fround(Math.fround(factor) * uniform(first + i, seed));
    return toBfloat16(Math.fround(Math.fround(base[(first + i) % period] ?? Number.NaN) + product));
  });
}

const LOW_32 = 0xffffffffn;

/** murmur3's finalizer over (index · 0x9E3779B1) ^ seed, in [−1, 1). */
function uniform(index: number, seed: number): number {
  let x = ((BigInt(index) * 0x9e3779b1n) & LOW_32) ^ BigInt(seed);
  x = ((x ^ (x >> 16n)) * 0x85ebca6bn) & LOW_32;
  x = ((x ^ (x >> 13n)) * 0xc2b2ae35n) & LOW_32;
  x ^= x >> 16n;
  return Number(x >> 8n) / 2 ** 23 - 1;
}

/** To nearest, ties to even: 8 significant bits. */
function toBfloat16(value: number): number {
  if (value === 0) return 0;
  const exponent = Math.floor(Math.log2(Math.abs(value)));
  const step = 2 ** (exponent - 7);
  const steps = value / step;
  const below = Math.floor(steps);
  const tie = below % 2 === 0 ? below : below + 1;
  return (steps - below === 0.5 ? tie : Math.round(steps)) * step;
}
