import { type EpilogueInput, epilogueReference } from "../../int4-product.reference";

/** `before` and `gate` (tokens, rows). */
export interface MatmulMergeInput extends EpilogueInput {
  /** (tokens, splits, rows). */
  partials: Float32Array;
  splits: number;
  rows: number;
  /** (rows). */
  bias?: Float32Array | undefined;
  before: Float32Array;
  gate: Float32Array;
}

/** The plain statement of what matmul-merge.wgsl computes: out (tokens, rows), for swiglu (tokens, rows / 2). */
export function matmulMergeReference(input: MatmulMergeInput): Float32Array {
  const { partials, splits, rows, bias, epilogue, before, gate } = input;
  const outputs = epilogue === "swiglu" ? rows / 2 : rows;
  const tokens = partials.length / (splits * rows);
  const out = new Float32Array(tokens * outputs);
  for (let token = 0; token < tokens; token++) {
    const y = Array.from({ length: rows }, (_, row) => {
      let sum = bias?.[row] ?? 0;
      for (let split = 0; split < splits; split++) sum += partials[(token * splits + split) * rows + row] ?? Number.NaN;
      return sum;
    });
    const first = token * outputs;
    out.set(epilogueReference(y, { epilogue, before: before.subarray(first), gate: gate.subarray(first) }), first);
  }
  return out;
}
