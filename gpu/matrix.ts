import type { Gpu } from "./device";
import { codeBytes, GROUP_SIZE, scaleBytes } from "./int4";
import { assertThat, roundUp } from "./shape";

/** "int4": see int4.ts. "f16": (rows, cols) f16, packed two to a word. */
export type MatrixFormat = "int4" | "f16";

/** A weight matrix (rows = outputs, cols = inputs), cut by rows where one binding could not hold it. */
export interface Matrix {
  readonly label: string;
  readonly rows: number;
  readonly cols: number;
  readonly format: MatrixFormat;
  /** In order of rows, without gaps. */
  readonly parts: readonly MatrixPart[];
}

export interface MatrixPart {
  /** The matrix row at which this part begins. */
  readonly firstRow: number;
  readonly rows: number;
  /** The row inside `values` and `scales` at which this part begins; other than 0 only after sliceRows. */
  readonly bufferRow: number;
  /** int4: codes. f16: values. */
  readonly values: GPUBuffer;
  /** int4 only. */
  readonly scales?: GPUBuffer;
}

/** Stored bytes of one row without its scales. */
export const rowBytes = (format: MatrixFormat, cols: number): number =>
  format === "int4" ? codeBytes(1, cols) : cols * 2;

/** Of int4, where they fit: whole groups of outputs, for products that end in fixed point. Else whole words. */
const GROUP_ROWS = 32;
const WORD_ROWS = 4;

/**
 * Allocates a matrix of zeros, in as few parts as the device's binding limit allows.
 * Every part but the last has a multiple of 4 rows, for int4 of 32 where they fit.
 *
 * @throws ShapeError when int4 columns are not whole groups, or f16 columns odd.
 */
export function createMatrix(gpu: Gpu, label: string, format: MatrixFormat, rows: number, cols: number): Matrix {
  const unit = format === "int4" ? GROUP_SIZE : 2;
  assertThat(cols % unit === 0, `${label} has ${cols} columns, expected a multiple of ${unit} for ${format}`);
  const { maxBufferSize, maxStorageBufferBindingSize } = gpu.device.limits;
  const mostRows = Math.floor(Math.min(maxBufferSize, maxStorageBufferBindingSize) / rowBytes(format, cols));
  assertThat(mostRows >= 4, `${label}: four rows of ${cols} exceed what this device binds at once`);
  const whole = format === "int4" && mostRows >= GROUP_ROWS ? GROUP_ROWS : WORD_ROWS;
  const step = mostRows - (mostRows % whole);
  const parts: MatrixPart[] = [];
  for (let firstRow = 0; firstRow < rows; firstRow += step) {
    const count = Math.min(step, rows - firstRow);
    const values = createBuffer(gpu, `${label} rows ${firstRow}`, count * rowBytes(format, cols));
    const scales =
      format === "int4" ? { scales: createBuffer(gpu, `${label} scales ${firstRow}`, scaleBytes(count, cols)) } : {};
    parts.push({ firstRow, rows: count, bufferRow: 0, values, ...scales });
  }
  return { label, rows, cols, format, parts };
}

/** The rows [first, first + count) as a matrix of their own, sharing memory. */
export function sliceRows(matrix: Matrix, label: string, first: number, count: number): Matrix {
  assertThat(first >= 0 && first + count <= matrix.rows, `${label} reaches past the rows of ${matrix.label}`);
  const parts = matrix.parts.flatMap((part) => {
    const begin = Math.max(first, part.firstRow);
    const end = Math.min(first + count, part.firstRow + part.rows);
    if (begin >= end) return [];
    const bufferRow = part.bufferRow + begin - part.firstRow;
    return [{ ...part, firstRow: begin - first, rows: end - begin, bufferRow }];
  });
  return { ...matrix, label, rows: count, parts };
}

/**
 * Writes whole stored rows' bytes (codes or f16 values, or with `scales` the scales) beginning at a byte offset of the
 * whole tensor, across parts. Offset and length must be multiples of 4, which queue.writeBuffer asks for.
 */
export function writeMatrix(
  gpu: Gpu,
  matrix: Matrix,
  which: "values" | "scales",
  offset: number,
  bytes: Uint8Array,
): void {
  const perRow = which === "values" ? rowBytes(matrix.format, matrix.cols) : scaleBytes(1, matrix.cols);
  for (const part of matrix.parts) {
    const partBegin = part.firstRow * perRow;
    const begin = Math.max(offset, partBegin);
    const end = Math.min(offset + bytes.byteLength, partBegin + part.rows * perRow);
    const buffer = part[which];
    if (begin >= end || !buffer) continue;
    const source = bytes.byteOffset + begin - offset;
    gpu.device.queue.writeBuffer(buffer, begin - partBegin, bytes.buffer as ArrayBuffer, source, end - begin);
  }
}

function createBuffer(gpu: Gpu, label: string, size: number): GPUBuffer {
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  return gpu.device.createBuffer({ label, size: roundUp(size, 16), usage });
}
