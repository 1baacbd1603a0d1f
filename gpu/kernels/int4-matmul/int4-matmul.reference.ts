import { type EpilogueInput, epilogueReference, int4Product, type StoredInt4 } from "../../int4-product.reference";

/** `before` and `gate` (tokens, rows). */
export interface Int4MatmulInput extends EpilogueInput {
  weight: StoredInt4;
  /** (tokens, cols). */
  x: Float32Array;
  /** (rows). */
  bias?: Float32Array | undefined;
  before: Float32Array;
  gate: Float32Array;
}

/** The plain statement of what int4-matmul.wgsl computes: out (tokens, rows), for swiglu (tokens, rows / 2). */
export function int4MatmulReference({ weight, x, bias, epilogue, before, gate }: Int4MatmulInput): Float32Array {
  const { rows, cols } = weight;
  const outputs = epilogue === "swiglu" ? rows / 2 : rows;
  const out = new Float32Array((x.length / cols) * outputs);
  for (let token = 0; token < x.length / cols; token++) {
    const row = x.subarray(token * cols, (token + 1) * cols);
    const y = int4Product(weight, row).map((value, r) => value + (bias?.[r] ?? 0));
    const first = token * outputs;
    const others = { before: before.subarray(first), gate: gate.subarray(first) };
    out.set(epilogueReference(y, { epilogue, ...others }), first);
  }
  return out;
}
