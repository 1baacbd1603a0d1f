import type { Gpu } from "../../device";
import { type Dispatch, prepare } from "../../kernel";
import type { Matrix } from "../../matrix";
import { assertShape, ceilDiv } from "../../shape";
import type { Tensor } from "../../tensor";
import wgsl from "./embedding.wgsl?raw";

const WORKGROUP_SIZE = 64;

export interface EmbeddingTensors {
  step: Tensor;
  /** (tokens) u32. */
  ids: Tensor;
  /** (vocabSize, cols), int4 or f16. */
  table: Matrix;
  /** (tokens, cols) f32. */
  out: Tensor;
}

/**
 * out[t] = table[ids[t]] for the first step.tokens rows. One dispatch for each part of the table. A row whose id is
 * beyond the table keeps what it held.
 *
 * @throws ShapeError when shapes disagree.
 */
export function embedding(gpu: Gpu, { step, ids, table, out }: EmbeddingTensors): Dispatch[] {
  const { cols, format } = table;
  assertShape(out.label, out.shape, [ids.shape[0] ?? 0, cols]);
  const words = format === "int4" ? cols / 8 : cols / 2;
  return table.parts.map(({ firstRow, rows, bufferRow, values, scales }) =>
    prepare(gpu, {
      label: `embedding ${table.label}`,
      wgsl,
      entryPoint: format === "int4" ? "int4" : "f16_pair",
      constants: { cols, first_row: firstRow, part_rows: rows, buffer_row: bufferRow },
      bindings: { 0: step, 1: ids, 2: values, ...(scales ? { 3: scales, 4: out } : { 5: out }) },
      workgroups: (tokens) => [ceilDiv(words, WORKGROUP_SIZE), tokens, 1],
    }),
  );
}
