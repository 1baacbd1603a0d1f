import type { Gpu } from "../../device";
import type { Epilogue } from "../../epilogue";
import { foldedGrid } from "../../grid";
import { GROUP_SIZE } from "../../int4";
import { type Dispatch, type KernelCall, prepare } from "../../kernel";
import { assertLinear, type LinearTensors, linearBindings, linearConstants } from "../../linear";
import type { MatrixPart } from "../../matrix";
import { assertShape, assertThat, ceilDiv } from "../../shape";
import type { Tensor } from "../../tensor";
import wgsl from "./int4-matvec.wgsl?raw";
import { int4MatvecShape, type MatvecShape, normedColumns, sharedShape, stagedGroups } from "./matvec-shape";
import { type Append, type Convolve, type StatefulCall, statefulCall } from "./stateful-epilogue";

/** LayerNorm of x before the product, which saves a dispatch. */
export interface MatvecNorm {
  /** (2, cols) f32: weight, then bias. */
  parameters: Tensor;
  /** Added to the variance. */
  eps: number;
}

export interface Int4MatvecTensors extends Omit<LinearTensors, "epilogue"> {
  norm?: MatvecNorm | undefined;
  epilogue: Epilogue | Convolve | Append;
}

/** Sets of rows of an invocation on the path without barriers. */
const ONE_LANE_SETS = 2;

/**
 * y = W x (+ bias) for row 0 of x, or of its LayerNorm, and a 4-bit W, then the epilogue, into row 0 of out. One dispatch
 * for each part of W.
 *
 * @param shape for measuring; the default is what suits the adapter.
 * @throws ShapeError when shapes disagree, or the path without barriers is asked for a LayerNorm, "convolve" or "append".
 */
export function int4Matvec(gpu: Gpu, tensors: Int4MatvecTensors, shape?: MatvecShape): Dispatch[] {
  const { weight, norm, epilogue, bias } = tensors;
  const isStateful = epilogue.kind === "convolve" || epilogue.kind === "append";
  const stateful = isStateful ? statefulCall(epilogue, weight, bias) : undefined;
  const linear: LinearTensors = { ...tensors, epilogue: isStateful ? { kind: "store" } : epilogue };
  assertLinear(linear, "int4");
  if (norm) assertShape(norm.parameters.label, norm.parameters.shape, [2, weight.cols]);
  const needs = { isNormed: norm !== undefined, isSwiglu: epilogue.kind === "swiglu" };
  const chosen = shape ?? (norm || stateful ? sharedShape : int4MatvecShape)(gpu, weight, needs);
  return weight.parts.map((part) => {
    const label = `int4-matvec ${epilogue.kind} ${weight.label}`;
    if (chosen.lanes > 1) return prepare(gpu, { label, wgsl, ...sharedRows(linear, part, chosen, norm, stateful) });
    assertThat(!norm && !stateful, `${label}: the path without barriers knows no LayerNorm and no state`);
    return prepare(gpu, { label, wgsl, ...wholeRows(linear, part, chosen) });
  });
}

type Call = Omit<KernelCall, "label" | "wgsl">;

/** An invocation takes whole rows. */
function wholeRows(linear: LinearTensors, part: MatrixPart, shape: MatvecShape): Call {
  const workgroups = foldedGrid(ceilDiv(part.rows, shape.workgroupSize * shape.rowsPerLane * ONE_LANE_SETS));
  return {
    entryPoint: "one_lane",
    constants: { ...linearConstants(linear, part), ...shapeConstants(linear, shape) },
    bindings: linearBindings(linear, part),
    workgroups: () => workgroups,
  };
}

/** Several invocations share a row. */
function sharedRows(
  linear: LinearTensors,
  part: MatrixPart,
  shape: MatvecShape,
  norm: MatvecNorm | undefined,
  stateful: StatefulCall | undefined,
): Call {
  const { lanes, rowsPerLane, workgroupSize } = shape;
  const blocks = stateful ? 1 : shape.blocks;
  assertThat(linear.epilogue.kind !== "swiglu" || rowsPerLane > 1, "swiglu needs at least 2 rows per lane");
  const constants = { ...linearConstants(linear, part), ...shapeConstants(linear, { ...shape, blocks }) };
  if (norm) assertHoldsAll(linear, shape, constants.staged_groups);
  const workgroups = foldedGrid(ceilDiv(part.rows, (workgroupSize / lanes) * rowsPerLane * blocks));
  const { 5: gate, ...shared } = linearBindings(linear, part);
  return {
    entryPoint: stateful?.entryPoint ?? "linear",
    constants: { ...constants, ...stateful?.constants, has_norm: norm ? 1 : 0, norm_eps: norm?.eps ?? 0 },
    // x stands in for a norm that is never read.
    bindings: { ...shared, ...(stateful?.bindings ?? { 5: gate ?? linear.x }), 7: norm?.parameters ?? linear.x },
    workgroups: () => workgroups,
  };
}

function shapeConstants({ weight }: LinearTensors, shape: MatvecShape) {
  const { lanes, rowsPerLane, workgroupSize, steps, blocks } = shape;
  return {
    lanes,
    rows_per_lane: rowsPerLane,
    workgroup_size: workgroupSize,
    steps,
    blocks,
    staged_groups: stagedGroups(shape, weight.cols),
    has_norm: 0,
    norm_eps: 0,
  };
}

/** A LayerNorm needs all of x in workgroup memory, and a share of it in the registers of each invocation. */
function assertHoldsAll({ weight: { cols, label } }: LinearTensors, { workgroupSize }: MatvecShape, staged: number) {
  const most = Math.min(staged * GROUP_SIZE, normedColumns(workgroupSize));
  assertThat(cols <= most, `${label} has ${cols} columns; a LayerNorm in this shape holds ${most}`);
}
