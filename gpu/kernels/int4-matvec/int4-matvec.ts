import type { Gpu } from "../../device";
import { type Dispatch, prepare, type Workgroups } from "../../kernel";
import { assertLinear, type LinearTensors, linearBindings, linearConstants } from "../../linear";
import { assertThat, ceilDiv } from "../../shape";
import wgsl from "./int4-matvec.wgsl?raw";

/** How the work of a matvec is dealt out. */
export interface MatvecShape {
  /** Invocations that share a row; 1 takes the path without barriers, where each has two sets of rows. A power of two. */
  lanes: number;
  /** Rows of a set, which an invocation works on at once: 1, 2 or 4; at least 2 for swiglu. */
  rowsPerLane: 1 | 2 | 4;
  /** Invocations of a workgroup, a multiple of `lanes`. */
  workgroupSize: number;
}

/** Fewer rows than this leave a large GPU idle at 16 lanes a row. */
const MANY_ROWS = 8192;
/** Sets of rows of an invocation on the path without barriers. */
const ONE_LANE_SETS = 2;
const MOST_WORKGROUPS = 65535;

/** What a device runs best, by kind of adapter and number of rows. */
export function int4MatvecShape({ adapter }: Pick<Gpu, "adapter">, rows: number): MatvecShape {
  if (adapter.isFallback) return { lanes: 1, rowsPerLane: 4, workgroupSize: 8 };
  if (rows < MANY_ROWS) return { lanes: 32, rowsPerLane: 2, workgroupSize: 256 };
  return { lanes: 16, rowsPerLane: 4, workgroupSize: 256 };
}

/**
 * y = W x (+ bias) for row 0 of x and a 4-bit W, then the epilogue, into row 0 of out. One dispatch for each part of W.
 *
 * @param shape for measuring; the default is what suits the adapter.
 * @throws ShapeError when shapes disagree.
 */
export function int4Matvec(gpu: Gpu, tensors: LinearTensors, shape?: MatvecShape): Dispatch[] {
  const { weight, epilogue } = tensors;
  assertLinear(tensors, "int4");
  return weight.parts.map((part) => {
    const { lanes, rowsPerLane, workgroupSize } = shape ?? int4MatvecShape(gpu, part.rows);
    const isSwiglu = epilogue.kind === "swiglu";
    assertThat(!isSwiglu || rowsPerLane > 1, "swiglu needs at least 2 rows per lane");
    const rowsPerWorkgroup = (workgroupSize / lanes) * rowsPerLane * (lanes === 1 ? ONE_LANE_SETS : 1);
    const workgroups = grid(ceilDiv(part.rows, rowsPerWorkgroup));
    return prepare(gpu, {
      label: `int4-matvec ${epilogue.kind} ${weight.label}`,
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

/** One axis of a grid holds 65,535 workgroups. */
const grid = (count: number): Workgroups => [Math.min(count, MOST_WORKGROUPS), ceilDiv(count, MOST_WORKGROUPS), 1];
