import { assertThat } from "@gpu/shape";
import { rowsOf, rowUnit, type StoredTensor, storedSize } from "./stored-tensor";

/** Whole rows of one tensor inside one chunk: their values, and right after them the scales of the same rows. */
export interface Slab {
  readonly tensor: StoredTensor;
  readonly firstRow: number;
  readonly rows: number;
  /** Byte offset in the chunk at which the values begin. */
  readonly begin: number;
  /** Bytes of the values. */
  readonly values: number;
  /** Bytes of the scales; 0 unless int4. */
  readonly scales: number;
}

/** The slabs of one chunk, back to back from its first byte to its last. */
export type ChunkLayout = readonly Slab[];

/**
 * Lays tensors out in chunks, in their order. A chunk takes as many rows as fit, so a tensor is cut between rows only,
 * and every chunk can be made from the rows it holds, without any other. The layout follows from the arguments alone:
 * a manifest states them, and no offset that could contradict them.
 *
 * @param chunkBytes the most that a chunk may have
 * @throws ShapeError when a format cannot hold a shape, or a chunk not even one row.
 */
export function layOut(tensors: readonly StoredTensor[], chunkBytes: number): ChunkLayout[] {
  const chunks: Slab[][] = [];
  let chunk: Slab[] = [];
  let filled = 0;
  for (const tensor of tensors) {
    const { rows } = rowsOf(tensor);
    const unit = rowUnit(tensor);
    const unitBytes = slabBytes(sizeOfRows(tensor, unit));
    assertThat(unitBytes <= chunkBytes, `${tensor.name} needs chunks of ${unitBytes} bytes or more, not ${chunkBytes}`);
    for (let firstRow = 0; firstRow < rows; ) {
      const fitting = Math.floor((chunkBytes - filled) / unitBytes) * unit;
      if (fitting === 0) {
        chunks.push(chunk);
        chunk = [];
        filled = 0;
        continue;
      }
      const slab = slabOf(tensor, firstRow, Math.min(fitting, rows - firstRow), filled);
      chunk.push(slab);
      filled += slabBytes(slab);
      firstRow += slab.rows;
    }
  }
  if (chunk.length > 0) chunks.push(chunk);
  return chunks;
}

/** The size of a chunk. */
export const layoutBytes = (slabs: ChunkLayout): number => slabs.reduce((sum, slab) => sum + slabBytes(slab), 0);

function slabOf(tensor: StoredTensor, firstRow: number, rows: number, begin: number): Slab {
  return { tensor, firstRow, rows, begin, ...sizeOfRows(tensor, rows) };
}

/** Some rows of a tensor are stored as a tensor of so many rows would be. */
function sizeOfRows(tensor: StoredTensor, rows: number) {
  return storedSize({ ...tensor, shape: [rows, ...tensor.shape.slice(1)] });
}

const slabBytes = ({ values, scales }: { readonly values: number; readonly scales: number }): number => values + scales;
