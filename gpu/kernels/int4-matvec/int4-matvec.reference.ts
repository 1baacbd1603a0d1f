import { type EpilogueInput, epilogueReference, int4Product, type StoredInt4 } from "../../int4-product.reference";

export interface Int4MatvecInput extends EpilogueInput {
  weight: StoredInt4;
  /** (cols). */
  x: Float32Array;
  /** (rows). */
  bias?: Float32Array | undefined;
}

/** The plain statement of what int4-matvec.wgsl computes: out (rows), for swiglu (rows / 2). */
export function int4MatvecReference({ weight, x, bias, ...epilogue }: Int4MatvecInput): Float32Array {
  const y = int4Product(weight, x).map((value, row) => value + (bias?.[row] ?? 0));
  return epilogueReference(y, epilogue);
}
