import { GROUP_SIZE, ZERO_CODE } from "../../int4";

export interface Int4MatvecInput {
  /** Codes and scales of (rows, cols) as gpu/int4.ts lays them out. */
  weight: { rows: number; cols: number; values: Uint8Array; scales: Uint8Array };
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

/** The plain statement of what int4-matvec.wgsl computes: out (rows), for swiglu (rows / 2). */
export function int4MatvecReference({ weight, x, bias, epilogue, before, gate }: Int4MatvecInput): Float32Array {
  const y = Array.from({ length: weight.rows }, (_, row) => rowDot(weight, row, x) + (bias ? at(bias, row) : 0));
  if (epilogue === "add") return Float32Array.from(y, (value, row) => at(before, row) + value);
  if (epilogue === "gate") return Float32Array.from(y, (value, row) => silu(value) * at(gate, row));
  if (epilogue === "store") return Float32Array.from(y);
  const half = weight.rows / 2;
  return Float32Array.from({ length: half }, (_, row) => silu(at(y, row)) * at(y, half + row));
}

function rowDot({ cols, values, scales }: Int4MatvecInput["weight"], row: number, x: Float32Array): number {
  const scale = new Float16Array(scales.buffer, scales.byteOffset, scales.byteLength / 2);
  let sum = 0;
  for (let col = 0; col < cols; col++) {
    const index = row * cols + col;
    const byte = at(values, index >> 1);
    const code = index % 2 === 0 ? byte & 15 : byte >> 4;
    sum += (code - ZERO_CODE) * at(scale, Math.floor(index / GROUP_SIZE)) * at(x, col);
  }
  return sum;
}
