import { codeBytes, GROUP_SIZE, scaleBytes } from "@gpu/int4";
import { assertThat, elementCount, type Shape } from "@gpu/shape";

/** "int4": gpu/int4.ts, codes and scales apart. "f16" and "f32": row-major values, little endian. */
export type StoredFormat = "int4" | "f16" | "f32";

/** "values": int4 codes, or f16 or f32 values. "scales": int4 only. */
export type StoredPart = "values" | "scales";

/** A tensor as the weight format keeps it. int4 and f16 are matrices (rows, cols); f32 may have any shape. */
export interface StoredTensor {
  /** As the published checkpoint spells it. */
  readonly name: string;
  /** Slowest axis first. */
  readonly shape: Shape;
  readonly format: StoredFormat;
}

/** Bytes of each part of a stored tensor. */
export interface StoredSize {
  readonly values: number;
  /** 0 unless int4. */
  readonly scales: number;
}

/**
 * The bytes of a tensor's parts. Always whole 32-bit words, so that tensors can lie back to back and any run of words
 * can be written to the GPU as it is.
 *
 * @throws ShapeError when the format cannot hold this shape.
 */
export function storedSize({ name, shape, format }: StoredTensor): StoredSize {
  if (format === "f32") return { values: elementCount(shape) * 4, scales: 0 };
  const [rows, cols] = matrixShape(name, shape);
  const unit = format === "int4" ? GROUP_SIZE : 2;
  assertThat(cols % unit === 0, `${name} has ${cols} columns, expected a multiple of ${unit} for ${format}`);
  if (format === "f16") return { values: rows * cols * 2, scales: 0 };
  const scales = scaleBytes(rows, cols);
  assertThat(scales % 4 === 0, `${name} has an odd number of groups (${scales / 2}), which do not fill whole words`);
  return { values: codeBytes(rows, cols), scales };
}

/** A tensor by rows: its first axis, and the elements of one row, which are all the other axes. */
export function rowsOf({ name, shape }: Pick<StoredTensor, "name" | "shape">): { rows: number; rowElements: number } {
  const [rows, ...others] = shape;
  assertThat(rows !== undefined, `${name} has no axis`);
  return { rows, rowElements: elementCount(others) };
}

/** The least number of rows whose values and scales are both whole words: 2 where a row has an odd number of scales. */
export function rowUnit(tensor: StoredTensor): number {
  if (tensor.format !== "int4") return 1;
  return (rowsOf(tensor).rowElements / GROUP_SIZE) % 2 === 0 ? 1 : 2;
}

/** @throws ShapeError when there are not two axes. */
export function matrixShape(name: string, shape: Shape): readonly [rows: number, cols: number] {
  const [rows, cols] = shape;
  assertThat(
    shape.length === 2 && rows !== undefined && cols !== undefined,
    `${name} has shape (${shape.join(", ")}), expected (rows, cols)`,
  );
  return [rows, cols];
}
