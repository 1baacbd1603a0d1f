/**
 * A checkpoint whose every weight is a formula of (tensor name, element index), so that any size can be rebuilt
 * anywhere without a file. recipe/FORMAT.md, "Formula weights", states the formula; recipe/synthetic.py is the original.
 * gpu/kernels/formula-weights does the same on the GPU, bit for bit.
 */

/** value(i) = base[i mod base.length] + factor · r(i), rounded to bfloat16; r is uniform in [−1, 1). */
export interface Formula {
  /** FNV-1a of the name. */
  readonly seed: number;
  readonly base: Float32Array;
  /** An f32. */
  readonly factor: number;
}

/** @param shape of the tensor, slowest axis first */
export function formulaOf(name: string, shape: readonly number[]): Formula {
  const seed = fnv1a(name);
  const formula = (base: number, factor: number): Formula => {
    return { seed, base: Float32Array.of(base), factor: Math.fround(factor) };
  };
  if (name.endsWith("A_log")) {
    const base = Float32Array.from({ length: shape[1] ?? 1 }, (_, state) => Math.log(state + 1));
    return { ...formula(0, 0.1), base };
  }
  if (/\.D$|subln\.weight$|norm\.weight$/.test(name)) return formula(1, 0.1);
  if (name.endsWith("dt_proj.bias")) return formula(-3.5, 1);
  if (name.includes("lambda_")) return formula(0, 0.2);
  if (name.endsWith("conv1d.weight")) return formula(0, 0.8);
  if (name.endsWith(".bias")) return formula(0, 0.1);
  if (name.endsWith("embed_tokens.weight")) return formula(0, 0.035);
  const gain = /(out_proj|fc2)\.weight$/.test(name) ? 0.5 : 1;
  return formula(0, gain * Math.sqrt(3 / (shape[1] ?? 1)));
}

/** The values of the tensor called `name`, row-major, rounded to bfloat16 and held in f32. */
export function formulaTensor(name: string, shape: readonly number[]): Float32Array {
  return formulaValues(
    formulaOf(name, shape),
    0,
    shape.reduce((product, size) => product * size, 1),
  );
}

/** The values of the elements [first, first + count). Each operation is rounded to f32, as the oracle does. */
export function formulaValues({ seed, base, factor }: Formula, first: number, count: number): Float32Array {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const index = first + i;
    values[i] = (base[index % base.length] as number) + Math.fround(factor * uniform(index, seed));
  }
  return roundToBfloat16(values);
}

/** FNV-1a over UTF-8 bytes. */
function fnv1a(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** murmur3's finalizer over (index · 0x9E3779B1) ^ seed, in [−1, 1) on a grid of 2⁻²³. */
function uniform(index: number, seed: number): number {
  let x = Math.imul(index, 0x9e3779b1) ^ seed;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  x ^= x >>> 16;
  return (x >>> 8) * 2 ** -23 - 1;
}

/** To nearest, ties to even; in place. */
function roundToBfloat16(values: Float32Array): Float32Array {
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i] ?? 0;
    bits[i] = (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000;
  }
  return values;
}
