export interface F16MatvecInput {
  /** (rows, cols) f16. */
  weight: { rows: number; cols: number; values: Uint8Array };
  /** (cols). */
  x: Float32Array;
  /** (rows). */
  bias?: Float32Array | undefined;
  epilogue: "store" | "add" | "swiglu" | "gate";
  /** For "add": what out holds before, (rows). */
  before: Float32Array;
  /** For "gate", (rows). */
  gate: Float32Array;
}

const silu = (v: number): number => v / (1 + Math.exp(-v));
const at = (values: ArrayLike<number>, index: number): number => values[index] ?? Number.NaN;

/** The plain statement of what f16-matvec.wgsl computes: out (rows), for swiglu (rows / 2). */
export function f16MatvecReference({ weight, x, bias, epilogue, before, gate }: F16MatvecInput): Float32Array {
  const y = Array.from({ length: weight.rows }, (_, row) => rowDot(weight, row, x) + (bias ? at(bias, row) : 0));
  if (epilogue === "add") return Float32Array.from(y, (value, row) => at(before, row) + value);
  if (epilogue === "gate") return Float32Array.from(y, (value, row) => silu(value) * at(gate, row));
  if (epilogue === "store") return Float32Array.from(y);
  const half = weight.rows / 2;
  return Float32Array.from({ length: half }, (_, row) => silu(at(y, row)) * at(y, half + row));
}

function rowDot({ cols, values }: F16MatvecInput["weight"], row: number, x: Float32Array): number {
  const weights = new Float16Array(values.buffer, values.byteOffset, values.byteLength / 2);
  let sum = 0;
  for (let col = 0; col < cols; col++) sum += at(weights, row * cols + col) * at(x, col);
  return sum;
}
