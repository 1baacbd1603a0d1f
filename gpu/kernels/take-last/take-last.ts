import type { Gpu } from "../../device";
import { type Dispatch, prepare } from "../../kernel";
import { assertShape, ceilDiv } from "../../shape";
import type { Tensor } from "../../tensor";
import wgsl from "./take-last.wgsl?raw";

const WORKGROUP_SIZE = 256;

export interface TakeLastTensors {
  step: Tensor;
  /** (tokens, size) f32. */
  rows: Tensor;
  /** (1, size) f32. */
  out: Tensor;
}

/**
 * out = rows[step.tokens − 1], whatever the number of rows that is dispatched. FORMAT.md: what follows the keys and
 * values of the full-attention layer is needed "only for the last token".
 *
 * @throws ShapeError when shapes disagree.
 */
export function takeLast(gpu: Gpu, { step, rows, out }: TakeLastTensors): Dispatch {
  const [tokens = 0, size = 0] = rows.shape;
  assertShape("rows", rows.shape, [tokens, size]);
  assertShape("out", out.shape, [1, size]);
  return prepare(gpu, {
    label: "take-last",
    wgsl,
    constants: { size },
    bindings: { 0: step, 1: rows, 2: out },
    workgroups: () => [ceilDiv(size, WORKGROUP_SIZE), 1, 1],
  });
}
