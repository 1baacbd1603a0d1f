import type { Gpu } from "../../device";
import { foldedGrid } from "../../grid";
import { type Dispatch, prepare } from "../../kernel";
import { assertLinear, type LinearTensors, linearBindings, linearConstants } from "../../linear";
import { ceilDiv } from "../../shape";
import wgsl from "./int4-matvec.wgsl?raw";

/** How rows are dealt out to invocations. */
export interface Int4MatvecShape {
  /** At least 2 for swiglu, which needs a row and its partner. */
  readonly rowsPerLane: 1 | 2 | 4;
  readonly workgroupSize: number;
}

/** The best on a software adapter. */
const USUAL: Int4MatvecShape = { rowsPerLane: 4, workgroupSize: 8 };
/** Sets of rows of an invocation; `lane_slots` in the WGSL. */
const LANE_SLOTS = 2;

/**
 * y = W x (+ bias) for row 0 of x and a 4-bit W, then the epilogue, into row 0 of out, in f32 and without barriers: for
 * software adapters. One dispatch for each part of W.
 *
 * @param shape for tests.
 * @throws ShapeError when shapes disagree.
 */
export function int4Matvec(gpu: Gpu, tensors: LinearTensors, shape = USUAL): Dispatch[] {
  const { weight, epilogue } = tensors;
  const { rowsPerLane, workgroupSize } = shape;
  assertLinear(tensors, "int4");
  return weight.parts.map((part) => {
    const workgroups = foldedGrid(ceilDiv(part.rows, workgroupSize * rowsPerLane * LANE_SLOTS));
    return prepare(gpu, {
      label: `int4-matvec ${epilogue.kind} ${weight.label}`,
      wgsl,
      constants: { ...linearConstants(tensors, part), rows_per_lane: rowsPerLane, workgroup_size: workgroupSize },
      bindings: linearBindings(tensors, part),
      workgroups: () => workgroups,
    });
  });
}
