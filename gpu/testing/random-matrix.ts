import type { Gpu } from "../device";
import { codeBytes, scaleBytes } from "../int4";
import { createMatrix, type Matrix, writeMatrix } from "../matrix";
import { randomBytes, randomValues } from "./harness";

/** A matrix with the bytes it stores, for a reference to read. */
export type StoredMatrix = Matrix & { values: Uint8Array; scales: Uint8Array };

type Size = readonly [rows: number, cols: number];

/** Every code, with scales in [0.05, 0.15) so that weights stay under 1.2. */
export function randomInt4(gpu: Gpu, [rows, cols]: Size, seed: number, partRows = rows): StoredMatrix {
  const scales = randomValues(scaleBytes(rows, cols) / 2, seed + 1, 0.05).map((value) => value + 0.1);
  const stored = { values: randomBytes(codeBytes(rows, cols), seed), scales: f16Bytes(scales) };
  return { ...inParts(gpu, "int4", [rows, cols], partRows, stored), ...stored };
}

/** Values in [-1, 1). */
export function randomF16(gpu: Gpu, [rows, cols]: Size, seed: number, partRows = rows): StoredMatrix {
  const stored = { values: f16Bytes(randomValues(rows * cols, seed, 1)), scales: new Uint8Array() };
  return { ...inParts(gpu, "f16", [rows, cols], partRows, stored), ...stored };
}

/** What createMatrix makes on a device whose binding limit is `partRows` rows. */
function inParts(
  gpu: Gpu,
  format: Matrix["format"],
  [rows, cols]: Size,
  partRows: number,
  { values, scales }: Pick<StoredMatrix, "values" | "scales">,
): Matrix {
  const parts = Array.from({ length: Math.ceil(rows / partRows) }, (_, index) => {
    const firstRow = index * partRows;
    const count = Math.min(partRows, rows - firstRow);
    return createMatrix(gpu, `rows ${firstRow}`, format, count, cols).parts.map((part) => ({ ...part, firstRow }));
  }).flat();
  const matrix: Matrix = { label: "weight", rows, cols, format, parts };
  writeMatrix(gpu, matrix, "values", 0, values);
  if (format === "int4") writeMatrix(gpu, matrix, "scales", 0, scales);
  return matrix;
}

const f16Bytes = (values: Float32Array): Uint8Array => new Uint8Array(Float16Array.from(values).buffer);
