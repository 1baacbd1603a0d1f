export interface F16MatmulInput {
  /** (rows, cols) f16. */
  weight: { rows: number; cols: number; values: Uint8Array };
  /** (tokens, cols). */
  x: Float32Array;
  /** (rows). */
  bias?: Float32Array | undefined;
  epilogue: "store" | "add" | "swiglu" | "gate";
  /** For "add": what out holds before, (tokens, rows). */
  before: Float32Array;
  /** For "gate", (tokens, rows). */
  gate: Float32Array;
}

const silu = (v: number): number => v / (1 + Math.exp(-v));
const at = (values: ArrayLike<number>, index: number): number => values[index] ?? Number.NaN;

/** The plain statement of what f16-matmul.wgsl computes: out (tokens, rows), for swiglu (tokens, rows / 2). */
export function f16MatmulReference(input: F16MatmulInput): Float32Array {
  const { weight, x, bias, epilogue } = input;
  const { rows, cols } = weight;
  const outputs = epilogue === "swiglu" ? rows / 2 : rows;
  const out = new Float32Array((x.length / cols) * outputs);
  for (let token = 0; token < x.length / cols; token++) {
    const row = x.subarray(token * cols, (token + 1) * cols);
    const y = Array.from({ length: rows }, (_, r) => rowDot(weight, r, row) + (bias ? at(bias, r) : 0));
    for (let r = 0; r < outputs; r++) {
      const i = token * outputs + r;
      out[i] = finish(input, i, at(y, r), at(y, outputs + r));
    }
  }
  return out;
}

/** The epilogue for element i of out. `partner` is the sum `outputs` rows further on, which only swiglu has. */
function finish({ epilogue, before, gate }: F16MatmulInput, i: number, sum: number, partner: number): number {
  if (epilogue === "add") return at(before, i) + sum;
  if (epilogue === "swiglu") return silu(sum) * partner;
  return epilogue === "gate" ? silu(sum) * at(gate, i) : sum;
}

function rowDot({ cols, values }: F16MatmulInput["weight"], row: number, x: Float32Array): number {
  const weights = new Float16Array(values.buffer, values.byteOffset, values.byteLength / 2);
  let sum = 0;
  for (let col = 0; col < cols; col++) sum += at(weights, row * cols + col) * at(x, col);
  return sum;
}
