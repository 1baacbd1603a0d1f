import type { Gpu } from "../../device";
import { foldedGrid } from "../../grid";
import { type Dispatch, prepare } from "../../kernel";
import { assertLinear, type LinearTensors, linearBindings, linearConstants } from "../../linear";
import { assertThat, ceilDiv } from "../../shape";
import wgsl from "./f16-matvec.wgsl?raw";

/** How the work of a matvec is dealt out. */
export interface MatvecShape {
  /** Invocations that share a row: a power of two. 1 takes the path without barriers, more needs cols % 8 = 0. */
  lanes: number;
  /** Rows that an invocation works on at once: 1, 2 or, with one lane, 4; at least 2 for swiglu. */
  rowsPerLane: 1 | 2 | 4;
  /** Invocations of a workgroup, a multiple of `lanes`. */
  workgroupSize: number;
}

/** Columns that many lanes read as one vector. */
const VECTOR = 8;
const ONE_LANE: MatvecShape = { lanes: 1, rowsPerLane: 4, workgroupSize: 16 };
const WORKGROUP_SIZE = 128;

/** The first line with no more columns than a row has: each of its lanes reads five vectors of the row, or a multiple. */
const LANES: readonly { cols: number; lanes: number }[] = [
  { cols: 5120, lanes: 128 },
  { cols: 2560, lanes: 64 },
  { cols: 1280, lanes: 32 },
  { cols: 640, lanes: 16 },
  { cols: 320, lanes: 8 },
  { cols: 0, lanes: 4 },
];

/** With more invocations than these a large GPU stays busy when each takes two rows: four workgroups on each of 132. */
const MANY_INVOCATIONS = 2 * 4 * 132 * WORKGROUP_SIZE;

/** What a device runs best, by kind of adapter and size of the matrix. */
export function f16MatvecShape(
  { adapter }: Pick<Gpu, "adapter">,
  { rows, cols, kind }: { rows: number; cols: number; kind: LinearTensors["epilogue"]["kind"] },
): MatvecShape {
  const lanes = LANES.find((line) => line.cols <= cols)?.lanes;
  if (adapter.isFallback || cols % VECTOR !== 0 || !lanes) return ONE_LANE;
  const takesTwo = kind === "swiglu" || rows * lanes >= MANY_INVOCATIONS;
  return { lanes, rowsPerLane: takesTwo ? 2 : 1, workgroupSize: WORKGROUP_SIZE };
}

/**
 * y = W x (+ bias) for row 0 of x and a f16 W, then the epilogue, into row 0 of out. One dispatch for each part of W.
 *
 * @param shape for measuring; the default is what suits the adapter.
 * @throws ShapeError when shapes disagree.
 */
export function f16Matvec(gpu: Gpu, tensors: LinearTensors, shape?: MatvecShape): Dispatch[] {
  const { weight, epilogue } = tensors;
  const { cols } = weight;
  const { kind } = epilogue;
  assertLinear(tensors, "f16");
  return weight.parts.map((part) => {
    const { lanes, rowsPerLane, workgroupSize } = shape ?? f16MatvecShape(gpu, { rows: part.rows, cols, kind });
    assertThat(kind !== "swiglu" || rowsPerLane > 1, "swiglu needs at least 2 rows per lane");
    assertThat(
      lanes === 1 || (cols % VECTOR === 0 && rowsPerLane < 4),
      `${weight.label} with ${lanes} lanes a row needs a multiple of ${VECTOR} columns and at most 2 rows per lane`,
    );
    const rowsPerWorkgroup = (workgroupSize / lanes) * rowsPerLane;
    const workgroups = foldedGrid(ceilDiv(part.rows, rowsPerWorkgroup));
    return prepare(gpu, {
      label: `f16-matvec ${kind} ${weight.label}`,
      wgsl,
      entryPoint: lanes === 1 ? "one_lane" : "many_lanes",
      constants: {
        ...linearConstants(tensors, part),
        lanes,
        rows_per_lane: rowsPerLane,
        workgroup_size: workgroupSize,
      },
      bindings: linearBindings(tensors, part),
      workgroups: () => workgroups,
    });
  });
}
