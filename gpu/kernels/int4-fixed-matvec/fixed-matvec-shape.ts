import type { Gpu } from "../../device";
import type { Epilogue } from "../../epilogue";
import { GROUP_SIZE } from "../../int4";
import type { Matrix } from "../../matrix";
import { assertThat, ceilDiv } from "../../shape";

/** How the work of a matvec is dealt out. */
export interface FixedMatvecShape {
  /** Invocations that share a row. */
  readonly lanes: number;
  /** Rows that an invocation works on at once; swiglu needs a row and its partner. */
  readonly rowsPerLane: 1 | 2 | 4;
  /** Sets of rows that a workgroup works on at once; it has lanes · slots invocations. */
  readonly slots: number;
  /** Such sets that it goes through one after the other, with one copy of x. */
  readonly blocks: number;
}

/** What a product asks of a shape. */
export interface Needs {
  readonly kind: Epilogue["kind"] | "convolve" | "append";
  /** Whether x is in fixed point: then nothing is staged. */
  readonly takesFixed: boolean;
  /** Whether its output is in fixed point. */
  readonly givesFixed: boolean;
}

type Size = Pick<Matrix, "rows" | "cols">;
type Limits = Pick<GPUSupportedLimits, "maxComputeInvocationsPerWorkgroup" | "maxComputeWorkgroupStorageSize">;

const ROWS = [1, 2, 4] as const;
/** No fewer than rows at once: each output has an invocation to itself in the end. */
const LEAST_LANES = 4;
/** More would need more workgroup memory to meet in than every device has. */
const MOST_SLOTS = 32;
const INVOCATIONS = 320;

/**
 * Groups of a row that a lane takes, rows that it works on at once, and sets of rows that a workgroup goes through, by the
 * least number of rows: the best on an H200 of some dozens for each published matrix, timed where they run, within whole
 * tokens. More rows spread the cost of staging x, fewer keep more workgroups busy; two rows and four groups leave registers
 * for three workgroups side by side.
 */
const STAGED: readonly { rows: number; steps: number; rowsPerLane: 2 | 4; blocks: number }[] = [
  { rows: 65536, steps: 4, rowsPerLane: 4, blocks: 4 },
  { rows: 16384, steps: 4, rowsPerLane: 2, blocks: 2 },
  { rows: 8192, steps: 4, rowsPerLane: 2, blocks: 1 },
  { rows: 0, steps: 1, rowsPerLane: 4, blocks: 1 },
];
/** The most lanes: at 80, the 2,560 columns of the published model are one group for each. */
const MOST_LANES = 80;

/** The same for x in fixed point, of which nothing is staged: by the least number of columns. */
const GIVEN: readonly { cols: number; rowsPerLane: 1 | 2 }[] = [
  { cols: 8192, rowsPerLane: 2 },
  { cols: 0, rowsPerLane: 1 },
];

/** The name under which a device's choice is kept in gpu.choices. */
export const matvecKey = ({ rows, cols }: Size, { kind, takesFixed, givesFixed }: Needs): string =>
  `int4-fixed-matvec ${takesFixed ? "fixed " : ""}${kind}${givesFixed ? " fixed" : ""} ${rows} x ${cols}`;

/** The device's choice, unless it was made by other rules than ours or for other limits, or the usual shape. */
export function fixedMatvecShape(gpu: Gpu, size: Size, needs: Needs): FixedMatvecShape {
  const chosen = gpu.choices.get(matvecKey(size, needs)) as FixedMatvecShape | undefined;
  const isUsable = chosen && problemOf(gpu.device.limits, chosen, size, needs) === undefined;
  return isUsable ? chosen : usualShape(gpu, size, needs);
}

/** Shapes worth timing on a device, the usual one first. */
export function candidateShapes(gpu: Gpu, size: Size, needs: Needs): FixedMatvecShape[] {
  const usual = usualShape(gpu, size, needs);
  const others = [usual.lanes, Math.max(LEAST_LANES, ceilDiv(usual.lanes, 4))].flatMap((lanes) => {
    const slots = slotsOf(gpu, lanes);
    return ROWS.flatMap((rowsPerLane) =>
      (needs.takesFixed ? [1] : [1, 2, 4]).map((blocks) => whole({ lanes, rowsPerLane, slots, blocks }, needs)),
    );
  });
  const fitting = others.filter((shape) => problemOf(gpu.device.limits, shape, size, needs) === undefined);
  return [
    ...new Map([usual, ...fitting].map((shape) => [JSON.stringify(Object.entries(shape).sort()), shape])).values(),
  ];
}

/** What is dealt out without a choice of the device. */
function usualShape(gpu: Gpu, { rows, cols }: Size, needs: Needs): FixedMatvecShape {
  const groups = cols / GROUP_SIZE;
  const lanesOf = (steps: number) => Math.max(LEAST_LANES, Math.min(MOST_LANES, ceilDiv(groups, steps)));
  if (needs.takesFixed) {
    const lanes = lanesOf(1);
    const rowsPerLane = GIVEN.find((entry) => cols >= entry.cols)?.rowsPerLane ?? 1;
    return { lanes, rowsPerLane, slots: slotsOf(gpu, lanes), blocks: 1 };
  }
  const { steps = 1, rowsPerLane = 4, blocks = 1 } = STAGED.find((entry) => rows >= entry.rows) ?? {};
  const lanes = lanesOf(steps);
  return whole({ lanes, rowsPerLane, slots: slotsOf(gpu, lanes), blocks }, needs);
}

/** A power of two, so that outputs of a workgroup come in whole groups of 32 sooner. */
function slotsOf({ device }: Gpu, lanes: number): number {
  const most = Math.min(INVOCATIONS, device.limits.maxComputeInvocationsPerWorkgroup) / lanes;
  return 2 ** Math.floor(Math.log2(Math.min(MOST_SLOTS, Math.max(1, most))));
}

/** With as many blocks as make whole groups of outputs, where the outputs are in fixed point. */
function whole(shape: FixedMatvecShape, needs: Needs): FixedMatvecShape {
  if (!needs.givesFixed) return shape;
  const perBlock = outputsOf({ ...shape, blocks: 1 }, needs);
  return { ...shape, blocks: Math.max(shape.blocks, GROUP_SIZE / Math.min(GROUP_SIZE, perBlock)) };
}

/** Outputs of a workgroup. */
const outputsOf = ({ rowsPerLane, slots, blocks }: FixedMatvecShape, { kind }: Needs): number =>
  (slots * blocks * rowsPerLane) / (kind === "swiglu" ? 2 : 1);

/** Octets of x that an invocation can normalise; `most_held` in the WGSL. */
const MOST_HELD = 8;
const MEETING = 8;

/** Bytes of workgroup memory. */
function workgroupBytes({ lanes, slots, blocks, rowsPerLane }: FixedMatvecShape, { cols }: Size, needs: Needs): number {
  const meeting = 16 * slots * (lanes + MEETING);
  if (needs.takesFixed) return meeting;
  const staged = (cols / GROUP_SIZE) * (5 * 16 + 4);
  return meeting + staged + 128 + (needs.givesFixed ? 4 * slots * blocks * rowsPerLane : 0);
}

function problemOf(limits: Limits, shape: FixedMatvecShape, size: Size, needs: Needs): string | undefined {
  const { lanes, slots, rowsPerLane, blocks } = shape;
  const invocations = lanes * slots;
  if (needs.kind === "swiglu" && rowsPerLane < 2) return "swiglu needs at least 2 rows per lane";
  if (needs.kind === "append" && (slots * rowsPerLane) % 2 !== 0) return "append needs whole words of f16";
  if (needs.givesFixed && outputsOf(shape, needs) % GROUP_SIZE !== 0) return "its outputs are not whole groups of 32";
  if (outputsOf(shape, needs) > invocations * blocks) return "more outputs than invocations";
  if (invocations > limits.maxComputeInvocationsPerWorkgroup) return `${invocations} invocations are too many`;
  if (!needs.takesFixed && size.cols / 8 > MOST_HELD * invocations) return `${invocations} invocations are too few`;
  const bytes = workgroupBytes(shape, size, needs);
  if (bytes > limits.maxComputeWorkgroupStorageSize) return `${bytes} bytes of workgroup memory are too many`;
  return undefined;
}

/** @throws ShapeError when a shape cannot do what is asked, or this device cannot run it. */
export function assertFits(
  { device }: Gpu,
  shape: FixedMatvecShape,
  size: Size & Pick<Matrix, "label">,
  needs: Needs,
): void {
  const problem = problemOf(device.limits, shape, size, needs);
  assertThat(problem === undefined, `${size.label}, ${size.cols} columns: ${problem}`);
}

/** The WGSL feature that integer dot products are part of. */
const FEATURE = "packed_4x8_integer_dot_product";

/** Whether this device can multiply matrices of this size so. */
export const canMultiplyFixed = (gpu: Gpu, size: Size, needs: Needs): boolean =>
  gpu.wgslFeatures.has(FEATURE) &&
  problemOf(gpu.device.limits, usualShape(gpu, size, needs), size, needs) === undefined;
