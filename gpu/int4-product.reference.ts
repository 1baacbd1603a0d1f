import { GROUP_SIZE, ZERO_CODE } from "./int4";

/** Codes and scales of (rows, cols) as int4.ts lays them out. */
export interface StoredInt4 {
  rows: number;
  cols: number;
  values: Uint8Array;
  scales: Uint8Array;
}

const silu = (v: number): number => v / (1 + Math.exp(-v));
const at = (values: ArrayLike<number>, index: number): number => values[index] ?? Number.NaN;

/** W x, (rows), summed in double precision. */
export const int4Product = (weight: StoredInt4, x: ArrayLike<number>): number[] =>
  Array.from({ length: weight.rows }, (_, row) => rowDot(weight, row, x));

function rowDot({ cols, values, scales }: StoredInt4, row: number, x: ArrayLike<number>): number {
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

export interface EpilogueInput {
  epilogue: "store" | "add" | "swiglu" | "gate";
  /** For "add": what out holds before, (rows). */
  before: ArrayLike<number>;
  /** For "gate", (rows). */
  gate: ArrayLike<number>;
}

/** What becomes of y (rows): out (rows), for swiglu (rows / 2). */
export function epilogueReference(y: readonly number[], { epilogue, before, gate }: EpilogueInput): Float32Array {
  if (epilogue === "add") return Float32Array.from(y, (value, row) => at(before, row) + value);
  if (epilogue === "gate") return Float32Array.from(y, (value, row) => silu(value) * at(gate, row));
  if (epilogue === "store") return Float32Array.from(y);
  const half = y.length / 2;
  return Float32Array.from({ length: half }, (_, row) => silu(at(y, row)) * at(y, half + row));
}
