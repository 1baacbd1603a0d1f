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
