import type { Gpu } from "../../device";
import type { Epilogue } from "../../epilogue";
import { assertFixed, assertNormed, isFixed, OCTET } from "../../fixed-point";
import { foldedGrid } from "../../grid";
import { type Dispatch, prepare } from "../../kernel";
import { assertLinear, type LinearTensors, linearBindings, linearConstants } from "../../linear";
import type { Matrix, MatrixPart } from "../../matrix";
import { assertShape, assertThat, ceilDiv } from "../../shape";
import type { Tensor } from "../../tensor";
import { assertFits, type FixedMatvecShape, fixedMatvecShape, type Needs } from "./fixed-matvec-shape";
import wgsl from "./int4-fixed-matvec.wgsl?raw";
import { type Append, type Convolve, type StatefulCall, statefulCall } from "./stateful-epilogue";

/** What is left of a LayerNorm of r when x is w ⊙ r with the moments of r. */
export interface MatvecNorm {
  /** (2, weight.rows) f32: W w, then W b, of the norm's weight and bias. */
  sums: Tensor;
  /** Added to the variance. */
  eps: number;
}

/** out += y, and out made ready for the next LayerNorm. */
export interface AddForNorm {
  kind: "add";
  next: {
    /** (at least 1, weight.rows) f32: row 0 is the weight of that norm. */
    parameters: Tensor;
    /** weight.rows columns in fixed point, with moments. */
    out: Tensor;
  };
}

/** x in fixed point, with moments where there is a norm. out f32, or with "swiglu" and "gate" in fixed point. */
export interface Int4FixedMatvecTensors extends Omit<LinearTensors, "epilogue"> {
  norm?: MatvecNorm | undefined;
  epilogue: Epilogue | AddForNorm | Convolve | Append;
}

/**
 * y = W x (+ bias) for a row of x and a 4-bit W, then the epilogue, into row 0 of out: as int4Matvec with x rounded to the
 * fixed point of gpu/fixed-point.ts, which lets a graphics card multiply whole numbers, four at a time. One dispatch for each part
 * of W. With a norm x' = LayerNorm(r) stands for x: W x' = (W (w ⊙ r) − mean(r) · W w) / deviation(r) + W b.
 *
 * @param shape for measuring and tests; the default is what suits the size and the device.
 * @throws ShapeError when shapes disagree, or this device cannot run the shape.
 */
export function int4FixedMatvec(gpu: Gpu, tensors: Int4FixedMatvecTensors, shape?: FixedMatvecShape): Dispatch[] {
  const { weight, epilogue } = tensors;
  const linear = linearOf(tensors);
  assertTensors(tensors, linear);
  const needs = needsOf(tensors);
  const chosen = shape ?? fixedMatvecShape(gpu, weight, needs);
  assertFits(gpu, chosen, weight, needs);
  const { lanes, slots, rowsPerLane } = chosen;
  return weight.parts.map((part) => {
    const workgroups = foldedGrid(ceilDiv(part.rows, slots * rowsPerLane));
    const { entryPoint, constants, bindings } = entryCall(tensors, linear, part);
    return prepare(gpu, {
      label: `int4-fixed-matvec ${epilogue.kind} ${weight.label}`,
      wgsl,
      entryPoint,
      constants: { ...linearConstants(linear, part), lanes, slots, rows_per_lane: rowsPerLane, ...constants },
      bindings,
      workgroups: () => workgroups,
    });
  });
}

const isStateful = ({ kind }: Int4FixedMatvecTensors["epilogue"]): boolean => kind === "convolve" || kind === "append";

/** As the other linear kernels know it. */
function linearOf(tensors: Int4FixedMatvecTensors): LinearTensors {
  const { epilogue } = tensors;
  return { ...tensors, epilogue: isStateful(epilogue) ? { kind: "store" } : (epilogue as Epilogue) };
}

const needsOf = ({ epilogue, out }: Int4FixedMatvecTensors): Needs => ({
  kind: epilogue.kind,
  givesFixed: isFixed(out) || "next" in epilogue,
});

/** The entry point with what only it needs. */
function entryCall(tensors: Int4FixedMatvecTensors, linear: LinearTensors, part: MatrixPart): StatefulCall {
  const { x, out, norm, epilogue, weight, bias } = tensors;
  const { 5: gate, 6: _, ...bindings } = linearBindings(linear, part);
  if ("next" in epilogue) {
    const { next } = epilogue;
    const constants = { fixed_octets: octetsOf(next.out) };
    return { entryPoint: "add_fixed", constants, bindings: { ...bindings, 6: out, 8: next.parameters, 9: next.out } };
  }
  const constants = norm ? { has_norm: 1, norm_eps: norm.eps, sum_rows: weight.rows } : {};
  // x stands in for sums and a gate that are never read.
  const normed = { ...bindings, 7: norm?.sums ?? x };
  if (epilogue.kind === "convolve" || epilogue.kind === "append") {
    const call = statefulCall(epilogue, weight, bias);
    return {
      ...call,
      constants: { ...constants, ...call.constants },
      bindings: { ...normed, 6: out, ...call.bindings },
    };
  }
  const gated = { ...normed, 5: gate ?? x };
  if (!isFixed(out)) return { entryPoint: "linear", constants, bindings: { ...gated, 6: out } };
  const fixed = { ...constants, fixed_octets: octetsOf(out) };
  return { entryPoint: "linear_fixed", constants: fixed, bindings: { ...gated, 9: out } };
}

const octetsOf = ({ shape }: Tensor): number => 4 * (shape[1] ?? 0);

/** What assertLinear says of f32 rows, for rows in fixed point. */
function assertTensors({ norm, epilogue }: Int4FixedMatvecTensors, linear: LinearTensors): void {
  const { weight, x, out } = linear;
  const outputs = epilogue.kind === "swiglu" ? weight.rows / 2 : weight.rows;
  const asRow = (tensor: Tensor, columns: number): Tensor => ({ ...tensor, shape: [1, columns] });
  assertLinear({ ...linear, x: asRow(x, weight.cols), out: isFixed(out) ? asRow(out, outputs) : out }, "int4");
  (norm ? assertNormed : assertFixed)(x, weight.cols);
  if (norm) assertShape(norm.sums.label, norm.sums.shape, [2, weight.rows]);
  if ("next" in epilogue) {
    const { parameters, out: next } = epilogue.next;
    assertThat(!norm, `${weight.label}: a product that is added takes no norm`);
    assertShape(parameters.label, parameters.shape, [parameters.shape[0] ?? 0, weight.rows]);
    assertNormed(next, weight.rows);
    assertOctets(weight);
  }
  if (!isFixed(out)) return;
  assertFixed(out, outputs);
  assertThat(epilogue.kind === "swiglu" || epilogue.kind === "gate", `${epilogue.kind} does not write fixed point`);
  assertOctets(weight);
}

function assertOctets({ label, parts }: Matrix): void {
  for (const { firstRow } of parts) {
    assertThat(firstRow % OCTET === 0, `${label} has a part that begins at row ${firstRow}, inside an octet`);
  }
}
