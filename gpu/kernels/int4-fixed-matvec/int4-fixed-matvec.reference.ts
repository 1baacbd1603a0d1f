import { fixedPointReference } from "../../fixed-point.reference";
import { type EpilogueInput, epilogueReference, int4Product, type StoredInt4 } from "../../int4-product.reference";

export interface Int4FixedMatvecInput extends EpilogueInput {
  weight: StoredInt4;
  /** (cols), before it is rounded. */
  x: ArrayLike<number>;
  /** (rows). */
  bias?: Float32Array | undefined;
}

/**
 * The plain statement of what int4-fixed-matvec.wgsl computes of an x without LayerNorm: x to fixed point, the product, the
 * epilogue. out (rows), for swiglu (rows / 2), before it goes to fixed point again.
 */
export function int4FixedMatvecReference({ weight, x, bias, ...epilogue }: Int4FixedMatvecInput): Float32Array {
  const y = int4Product(weight, fixedPointReference(x)).map((value, row) => value + (bias?.[row] ?? 0));
  return epilogueReference(y, epilogue);
}

export interface NormedProductInput {
  weight: StoredInt4;
  /** (cols): the residual stream. */
  r: Float32Array;
  /** (cols) each: the LayerNorm's. */
  w: Float32Array;
  b: Float32Array;
  eps: number;
}

/** The same of an x behind a LayerNorm: w ⊙ r to fixed point, the product, then the norm's mean and deviation. (rows). */
export function normedProductReference({ weight, r, w, b, eps }: NormedProductInput): number[] {
  const mean = r.reduce((sum, value) => sum + value, 0) / r.length;
  const variance = r.reduce((sum, value) => sum + (value - mean) ** 2, 0) / r.length;
  const factor = 1 / Math.sqrt(variance + eps);
  const scaled = fixedPointReference(r.map((value, i) => value * (w[i] ?? Number.NaN)));
  const [ofWeight, ofBias] = [int4Product(weight, w), int4Product(weight, b)];
  const at = (values: number[], row: number) => values[row] ?? Number.NaN;
  return int4Product(weight, scaled).map((y, row) => (y - mean * at(ofWeight, row)) * factor + at(ofBias, row));
}
