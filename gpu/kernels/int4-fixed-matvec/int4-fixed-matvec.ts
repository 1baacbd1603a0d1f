import type { Gpu } from "../../device";
import type { Epilogue } from "../../epilogue";
import { assertFixed, isFixed } from "../../fixed-point";
import { foldedGrid } from "../../grid";
import { GROUP_SIZE } from "../../int4";
import { type Dispatch, prepare } from "../../kernel";
import { assertLinear, type LinearTensors, linearBindings, linearConstants } from "../../linear";
import type { MatrixPart } from "../../matrix";
import { assertShape, assertThat, ceilDiv } from "../../shape";
import type { Tensor } from "../../tensor";
import { assertFits, type FixedMatvecShape, fixedMatvecShape, type Needs } from "./fixed-matvec-shape";
import wgsl from "./int4-fixed-matvec.wgsl?raw";
import { type Append, type Convolve, type StatefulCall, statefulCall } from "./stateful-epilogue";

/** LayerNorm of x before the product, which saves a dispatch. */
export interface MatvecNorm {
  /** (2, cols) f32: weight, then bias. */
  parameters: Tensor;
  /** Added to the variance. */
  eps: number;
}

/** x f32, or with "add" also in fixed point, where a norm has no place. out f32, or with "swiglu" and "gate" in fixed point. */
export interface Int4FixedMatvecTensors extends Omit<LinearTensors, "epilogue"> {
  norm?: MatvecNorm | undefined;
  epilogue: Epilogue | Convolve | Append;
}

/**
 * y = W x (+ bias) for row 0 of x, or of its LayerNorm, and a 4-bit W, then the epilogue, into row 0 of out: as int4Matvec
 * with x rounded to the fixed point of gpu/fixed-point.ts, which lets a graphics card multiply whole numbers, four at a
 * time. One dispatch for each part of W.
 *
 * @param shape for measuring and tests; the default is what suits the size and the device.
 * @throws ShapeError when shapes disagree, or a workgroup of this device cannot hold x.
 */
export function int4FixedMatvec(gpu: Gpu, tensors: Int4FixedMatvecTensors, shape?: FixedMatvecShape): Dispatch[] {
  const { weight, epilogue, bias, norm } = tensors;
  const isStateful = epilogue.kind === "convolve" || epilogue.kind === "append";
  const linear: LinearTensors = { ...tensors, epilogue: isStateful ? { kind: "store" } : epilogue };
  assertTensors(linear);
  const stateful = isStateful ? statefulCall(epilogue, weight, bias) : undefined;
  assertThat(!norm || !isFixed(tensors.x), `${tensors.x.label} is in fixed point, which knows no LayerNorm`);
  if (norm) assertShape(norm.parameters.label, norm.parameters.shape, [2, weight.cols]);
  const needs = needsOf(tensors);
  const chosen = shape ?? fixedMatvecShape(gpu, weight, needs);
  const label = `int4-fixed-matvec ${epilogue.kind} ${weight.label}`;
  assertFits(gpu, chosen, weight, needs);
  return weight.parts.map((part) => {
    const { lanes, slots, rowsPerLane, blocks } = chosen;
    const workgroups = foldedGrid(ceilDiv(part.rows, slots * rowsPerLane * blocks));
    const constants = {
      ...linearConstants(linear, part),
      ...{ lanes, slots, blocks, rows_per_lane: rowsPerLane },
    };
    return prepare(gpu, {
      label,
      wgsl,
      ...entryCall(tensors, linear, part, stateful, constants),
      workgroups: () => workgroups,
    });
  });
}

const needsOf = ({ epilogue, x, out }: Int4FixedMatvecTensors): Needs => ({
  kind: epilogue.kind,
  takesFixed: isFixed(x),
  givesFixed: isFixed(out),
});

/** The entry point with what only it needs. */
function entryCall(
  { norm, out }: Int4FixedMatvecTensors,
  linear: LinearTensors,
  part: MatrixPart,
  stateful: StatefulCall | undefined,
  shared: Record<string, number>,
) {
  const { 5: gate, ...bindings } = linearBindings(linear, part);
  if (isFixed(linear.x)) return { entryPoint: "add", constants: { ...shared, has_norm: 0, norm_eps: 0 }, bindings };
  const constants = { ...shared, has_norm: norm ? 1 : 0, norm_eps: norm?.eps ?? 0 };
  // x stands in for a norm that is never read.
  const normed = { ...bindings, 7: norm?.parameters ?? linear.x };
  if (stateful) {
    const { entryPoint } = stateful;
    return {
      entryPoint,
      constants: { ...constants, ...stateful.constants },
      bindings: { ...normed, ...stateful.bindings },
    };
  }
  const gated = { ...normed, 5: gate ?? linear.x };
  if (!isFixed(out)) return { entryPoint: "linear", constants, bindings: gated };
  const groups = out.shape[1] ?? 0;
  return { entryPoint: "linear_fixed", constants: { ...constants, fixed_groups: groups }, bindings: gated };
}

/** What assertLinear says of f32 rows, for rows in fixed point as well. */
function assertTensors(linear: LinearTensors): void {
  const { weight, x, out, epilogue } = linear;
  const outputs = epilogue.kind === "swiglu" ? weight.rows / 2 : weight.rows;
  const asRow = (tensor: Tensor, columns: number): Tensor => ({ ...tensor, shape: [1, columns] });
  assertLinear(
    { ...linear, x: isFixed(x) ? asRow(x, weight.cols) : x, out: isFixed(out) ? asRow(out, outputs) : out },
    "int4",
  );
  if (isFixed(x)) {
    assertFixed(x, weight.cols);
    assertThat(epilogue.kind === "add", `${epilogue.kind} does not take fixed point`);
  }
  if (!isFixed(out)) return;
  assertFixed(out, outputs);
  assertThat(epilogue.kind === "swiglu" || epilogue.kind === "gate", `${epilogue.kind} does not write fixed point`);
  for (const { firstRow } of weight.parts) {
    assertThat(
      firstRow % GROUP_SIZE === 0,
      `${weight.label} has a part that begins at row ${firstRow}, inside a group`,
    );
  }
}
