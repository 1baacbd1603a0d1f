import { GROUP_SIZE, ZERO_CODE } from "../../int4";

export interface Int4MatmulInput {
  /** Codes and scales of (rows, cols) as gpu/int4.ts lays them out. */
  weight: { rows: number; cols: number; values: Uint8Array; scales: Uint8Array };
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

/** The plain statement of what int4-matmul.wgsl computes: out (tokens, rows), for swiglu (tokens, rows / 2). */
export function int4MatmulReference(input: Int4MatmulInput): Float32Array {
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
function finish({ epilogue, before, gate }: Int4MatmulInput, i: number, sum: number, partner: number): number {
  if (epilogue === "add") return at(before, i) + sum;
  if (epilogue === "swiglu") return silu(sum) * partner;
  return epilogue === "gate" ? silu(sum) * at(gate, i) : sum;
}

function rowDot({ cols, values, scales }: Int4MatmulInput["weight"], row: number, x: Float32Array): number {
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
