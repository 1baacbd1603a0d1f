import { GROUP_SIZE, ZERO_CODE } from "../../int4";

export interface EmbeddingTable {
  rows: number;
  cols: number;
  format: "int4" | "f16";
  /** Codes or f16 values of (rows, cols), and the scales of int4, as gpu/int4.ts lays them out. */
  values: Uint8Array;
  scales: Uint8Array;
}

const at = (values: ArrayLike<number>, index: number): number => values[index] ?? Number.NaN;
const halves = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  new Float16Array(buffer, byteOffset, byteLength / 2) as ArrayLike<number>;

/**
 * The plain statement of what embedding.wgsl computes: out (tokens, cols), row t being row ids[t] of the table. A row
 * whose id is outside the table stays as it was in `before`.
 */
export function embeddingReference(table: EmbeddingTable, ids: Uint32Array, before: Float32Array): Float32Array {
  const { rows, cols } = table;
  const out = before.slice();
  for (const [token, id] of ids.entries()) {
    if (id >= rows) continue;
    for (let col = 0; col < cols; col++) out[token * cols + col] = element(table, id * cols + col);
  }
  return out;
}

function element({ format, values, scales }: EmbeddingTable, index: number): number {
  if (format === "f16") return at(halves(values), index);
  const byte = at(values, index >> 1);
  const code = index % 2 === 0 ? byte & 15 : byte >> 4;
  return (code - ZERO_CODE) * at(halves(scales), Math.floor(index / GROUP_SIZE));
}
