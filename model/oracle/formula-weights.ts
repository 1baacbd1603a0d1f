/**
 * A checkpoint whose every weight is a formula of (tensor name, element index), so that any size can be rebuilt
 * anywhere without a file. recipe/FORMAT.md, "Formula weights", states the formula; recipe/synthetic.py is the original.
 */

/** The values of the tensor called `name`, row-major, rounded to bfloat16 and held in f32. */
export function formulaTensor(name: string, shape: readonly number[]): Float32Array {
  const value = formulaFor(name, shape);
  const seed = fnv1a(name);
  const count = shape.reduce((product, size) => product * size, 1);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = value(uniform(i, seed), i);
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

type Formula = (r: number, index: number) => number;

/** The oracle computes in f32: each operation is rounded here as it is there. */
function formulaFor(name: string, shape: readonly number[]): Formula {
  const f = Math.fround;
  const scaled = (factor: number): Formula => {
    const rounded = f(factor);
    return (r) => f(rounded * r);
  };
  if (name.endsWith("A_log")) {
    const [, states = 1] = shape;
    return (r, index) => f(f(Math.log((index % states) + 1)) + f(f(0.1) * r));
  }
  if (/\.D$|subln\.weight$|norm\.weight$/.test(name)) return (r) => f(1 + f(f(0.1) * r));
  if (name.endsWith("dt_proj.bias")) return (r) => f(-3.5 + r);
  if (name.includes("lambda_")) return scaled(0.2);
  if (name.endsWith("conv1d.weight")) return scaled(0.8);
  if (name.endsWith(".bias")) return scaled(0.1);
  if (name.endsWith("embed_tokens.weight")) return scaled(0.035);
  const gain = /(out_proj|fc2)\.weight$/.test(name) ? 0.5 : 1;
  return scaled(gain * Math.sqrt(3 / (shape[1] ?? 1)));
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
