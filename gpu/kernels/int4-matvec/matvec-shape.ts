import type { Gpu } from "../../device";
import { GROUP_SIZE } from "../../int4";

/** How the work of a matvec is dealt out. */
export interface MatvecShape {
  /** Invocations that share a row; 1 takes the path without barriers, where each has two sets of rows. */
  lanes: number;
  /** Rows of a set, which an invocation works on at once: 1, 2 or 4; at least 2 for swiglu. */
  rowsPerLane: 1 | 2 | 4;
  /** Invocations of a workgroup, a multiple of `lanes`. */
  workgroupSize: number;
  /** Groups of weights that an invocation asks for at once, 1 to 5. */
  steps: number;
  /** Sets of rows that a workgroup goes through with one copy of x. */
  blocks: number;
}

/** Without barriers, for software adapters. */
export const ONE_LANE: MatvecShape = { lanes: 1, rowsPerLane: 4, workgroupSize: 8, steps: 1, blocks: 1 };

/**
 * Shapes for graphics cards, by the least numbers of rows and columns. They make about 320 workgroups of the published
 * matrices, which was the best number on an H200, with workgroups as large as that allows: each stages x for itself.
 */
const SHAPES: readonly { rows: number; cols: number; shape: Omit<MatvecShape, "steps"> }[] = [
  { rows: 65536, cols: 0, shape: { lanes: 16, rowsPerLane: 4, workgroupSize: 256, blocks: 4 } },
  { rows: 16384, cols: 0, shape: { lanes: 16, rowsPerLane: 4, workgroupSize: 256, blocks: 1 } },
  { rows: 8192, cols: 0, shape: { lanes: 16, rowsPerLane: 2, workgroupSize: 256, blocks: 1 } },
  { rows: 4096, cols: 0, shape: { lanes: 16, rowsPerLane: 2, workgroupSize: 128, blocks: 1 } },
  { rows: 0, cols: 4096, shape: { lanes: 16, rowsPerLane: 1, workgroupSize: 128, blocks: 1 } },
  { rows: 0, cols: 0, shape: { lanes: 40, rowsPerLane: 2, workgroupSize: 160, blocks: 1 } },
];
const MOST_STEPS = 5;

/** What a device runs best, by kind of adapter and size of the matrix. */
export const int4MatvecShape = ({ adapter }: Pick<Gpu, "adapter">, rows: number, cols: number): MatvecShape =>
  adapter.isFallback ? ONE_LANE : sharedShape(rows, cols);

/** The same where invocations have to share rows, whatever the adapter. */
export function sharedShape(rows: number, cols: number): MatvecShape {
  const { shape } = SHAPES.find((entry) => rows >= entry.rows && cols >= entry.cols) ?? { shape: ONE_LANE };
  const fitting = Math.floor(mostGroups(shape.workgroupSize) / shape.lanes);
  return { ...shape, steps: Math.min(MOST_STEPS, fitting, Math.ceil(cols / GROUP_SIZE / shape.lanes)) };
}

/** Vectors of four of x that an invocation normalises; `held` in the WGSL. */
export const NORM_VECTORS = 5;

/** Columns that every shape of the table has the registers for. */
export const MOST_NORMED_COLUMNS = Math.min(...SHAPES.map(({ shape }) => shape.workgroupSize)) * NORM_VECTORS * 4;

/** Workgroup memory that every device has. */
const WORKGROUP_BYTES = 16384;
const GROUP_BYTES = GROUP_SIZE * 4;
const MOMENT_BYTES = 128;
const PARTIAL_BYTES = 16;

/** Groups of x that fit beside what else is in workgroup memory. One more pads against bank conflicts. */
const mostGroups = (workgroupSize: number): number =>
  Math.floor((WORKGROUP_BYTES - MOMENT_BYTES - workgroupSize * PARTIAL_BYTES) / GROUP_BYTES) - 1;

/**
 * Groups of x that a workgroup of this shape holds at once.
 *
 * @returns all groups of a row of `cols`, or where those do not fit a multiple of lanes · steps.
 */
export function stagedGroups({ lanes, steps, workgroupSize }: MatvecShape, cols: number): number {
  const groups = cols / GROUP_SIZE;
  const most = mostGroups(workgroupSize);
  const tile = lanes * steps;
  return groups <= most ? groups : Math.max(tile, most - (most % tile));
}
