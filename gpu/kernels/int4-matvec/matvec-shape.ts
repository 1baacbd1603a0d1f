import type { Gpu } from "../../device";
import { GROUP_SIZE } from "../../int4";
import type { Matrix } from "../../matrix";

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

type Size = Pick<Matrix, "rows" | "cols">;

/**
 * Shapes for graphics cards, by the least numbers of rows and columns: the best of 30 or so for each published matrix on an
 * H200, timed where they run, within whole tokens. There the code of a kernel comes from memory anew for each dispatch, so
 * that compact code wins over more loads in flight: one step, and few rows, even where a kernel run again and again by
 * itself was faster with more.
 */
const SHAPES: readonly { rows: number; cols: number; shape: MatvecShape }[] = [
  { rows: 65536, cols: 0, shape: { lanes: 16, rowsPerLane: 4, workgroupSize: 256, steps: 1, blocks: 4 } },
  { rows: 16384, cols: 0, shape: { lanes: 16, rowsPerLane: 2, workgroupSize: 256, steps: 1, blocks: 1 } },
  { rows: 8192, cols: 0, shape: { lanes: 8, rowsPerLane: 1, workgroupSize: 256, steps: 1, blocks: 1 } },
  { rows: 4096, cols: 0, shape: { lanes: 8, rowsPerLane: 1, workgroupSize: 128, steps: 1, blocks: 1 } },
  { rows: 0, cols: 8192, shape: { lanes: 32, rowsPerLane: 1, workgroupSize: 256, steps: 1, blocks: 1 } },
  { rows: 0, cols: 4096, shape: { lanes: 16, rowsPerLane: 1, workgroupSize: 256, steps: 1, blocks: 1 } },
  { rows: 0, cols: 0, shape: { lanes: 16, rowsPerLane: 1, workgroupSize: 128, steps: 1, blocks: 1 } },
];
/** For swiglu, which needs a row and its partner. */
const SWIGLU_ROWS = 2;

/** What else a device may run best: measured against each other by model/layers/tune-matvecs.ts. All of it compact. */
const OTHERS: readonly MatvecShape[] = [
  { lanes: 8, rowsPerLane: 2, workgroupSize: 128, steps: 1, blocks: 1 },
  { lanes: 8, rowsPerLane: 2, workgroupSize: 256, steps: 1, blocks: 1 },
  { lanes: 8, rowsPerLane: 4, workgroupSize: 256, steps: 1, blocks: 2 },
  { lanes: 16, rowsPerLane: 2, workgroupSize: 128, steps: 1, blocks: 1 },
  { lanes: 32, rowsPerLane: 2, workgroupSize: 128, steps: 1, blocks: 1 },
  { lanes: 32, rowsPerLane: 2, workgroupSize: 256, steps: 1, blocks: 1 },
];

/** What a product asks of a shape. */
export interface MatvecNeeds {
  readonly isNormed: boolean;
  readonly isSwiglu: boolean;
}

/** The name under which a device's choice is kept in gpu.choices. */
export const matvecKey = ({ rows, cols }: Size, { isNormed, isSwiglu }: MatvecNeeds): string =>
  `int4-matvec ${rows} x ${cols}${isNormed ? " normed" : ""}${isSwiglu ? " swiglu" : ""}`;

/** What suits the adapter: what was measured on it, else what is known of its kind. */
export const int4MatvecShape = (gpu: Pick<Gpu, "adapter" | "choices">, size: Size, needs: MatvecNeeds): MatvecShape =>
  gpu.adapter.isFallback ? ONE_LANE : sharedShape(gpu, size, needs);

/** The same where invocations have to share rows, whatever the adapter. */
export const sharedShape = ({ choices }: Pick<Gpu, "choices">, size: Size, needs: MatvecNeeds): MatvecShape =>
  (choices.get(matvecKey(size, needs)) as MatvecShape | undefined) ?? usualShape(size, needs);

/**
 * All that can run a matrix of this size, the usual one first. Where that has one block so have all: an epilogue with a
 * state runs with one whatever its shape says, and would be timed as something else.
 */
export function candidateShapes(size: Size, needs: MatvecNeeds): MatvecShape[] {
  const usual = usualShape(size, needs);
  const isUsual = (shape: MatvecShape) => JSON.stringify(shape) === JSON.stringify(usual);
  const others = [...SHAPES.map(({ shape }) => shape), ...OTHERS].filter(
    (shape) => fits(shape, size.cols, needs) && shape.blocks <= usual.blocks && !isUsual(shape),
  );
  return [usual, ...others];
}

function usualShape({ rows, cols }: Size, { isSwiglu }: MatvecNeeds): MatvecShape {
  const shape = SHAPES.find((entry) => rows >= entry.rows && cols >= entry.cols)?.shape ?? ONE_LANE;
  return isSwiglu && shape.rowsPerLane < SWIGLU_ROWS ? { ...shape, rowsPerLane: SWIGLU_ROWS } : shape;
}

function fits(shape: MatvecShape, cols: number, { isNormed, isSwiglu }: MatvecNeeds): boolean {
  const { lanes, workgroupSize, steps, rowsPerLane } = shape;
  if (isSwiglu && rowsPerLane < SWIGLU_ROWS) return false;
  if (lanes * steps > Math.min(mostGroups(workgroupSize), lanes + cols / GROUP_SIZE)) return false;
  return !isNormed || cols <= Math.min(stagedGroups(shape, cols) * GROUP_SIZE, normedColumns(workgroupSize));
}

/** Vectors of four of x that an invocation normalises; `held` in the WGSL. */
const NORM_VECTORS = 5;

/** Columns for whose LayerNorm a workgroup has the registers. */
export const normedColumns = (workgroupSize: number): number => workgroupSize * NORM_VECTORS * 4;

/** Columns whose LayerNorm every usual shape can do. */
const MOST_NORMED_COLUMNS = normedColumns(Math.min(...SHAPES.map(({ shape }) => shape.workgroupSize)));

/** Whether a matrix of so many columns can be multiplied with the LayerNorm of x in one dispatch. */
export const canNorm = (cols: number): boolean => cols <= MOST_NORMED_COLUMNS;

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
