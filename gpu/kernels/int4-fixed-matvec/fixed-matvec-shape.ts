import type { Gpu } from "../../device";
import type { Epilogue } from "../../epilogue";
import { OCTET } from "../../fixed-point";
import { GROUP_SIZE } from "../../int4";
import type { Matrix } from "../../matrix";
import { assertThat, ceilDiv } from "../../shape";

/** How the work of a matvec is dealt out. */
export interface FixedMatvecShape {
  /** Invocations that share a row. */
  readonly lanes: number;
  /** Rows that an invocation works on at once; swiglu needs a row and its partner. */
  readonly rowsPerLane: 1 | 2 | 4;
  /** Sets of rows that a workgroup works on; it has lanes · slots invocations. */
  readonly slots: number;
}

/** What a product asks of a shape. */
export interface Needs {
  readonly kind: Epilogue["kind"] | "convolve" | "append";
  /** Whether it leaves fixed point. */
  readonly givesFixed: boolean;
}

type Size = Pick<Matrix, "rows" | "cols">;
type Limits = Pick<GPUSupportedLimits, "maxComputeInvocationsPerWorkgroup" | "maxComputeWorkgroupStorageSize">;

const ROWS = [1, 2, 4] as const;
/** No fewer than rows at once: each output has an invocation to itself in the end. */
const LEAST_LANES = 4;
const MOST_LANES = 80;

/**
 * Groups of a row that a lane takes, rows that it works on at once, and slots of a workgroup, by the least size: the best on an
 * H200 of some dozens, timed where they run, within whole tokens. Tall matrices keep a card busy whatever the shape, and four rows
 * share what a lane reads of x; of the others the workgroups must be many and small, or their code short.
 */
const USUAL: readonly (Size & { steps: number; rowsPerLane: 1 | 2 | 4; slots: number })[] = [
  { rows: 65536, cols: 0, steps: 2, rowsPerLane: 4, slots: 4 },
  { rows: 16384, cols: 0, steps: 1, rowsPerLane: 4, slots: 4 },
  { rows: 8192, cols: 0, steps: 4, rowsPerLane: 2, slots: 8 },
  { rows: 0, cols: 8192, steps: 5, rowsPerLane: 1, slots: 8 },
  { rows: 0, cols: 0, steps: 2, rowsPerLane: 2, slots: 4 },
];

/** The name under which a device's choice is kept in gpu.choices. */
export const matvecKey = ({ rows, cols }: Size, { kind, givesFixed }: Needs): string =>
  `fixed matvec ${kind}${givesFixed ? " fixed" : ""} ${rows} x ${cols}`;

/** The device's choice, unless it was made by other rules than ours or for other limits, or the usual shape. */
export function fixedMatvecShape(gpu: Gpu, size: Size, needs: Needs): FixedMatvecShape {
  const chosen = gpu.choices.get(matvecKey(size, needs)) as FixedMatvecShape | undefined;
  const isUsable = chosen && problemOf(gpu.device.limits, chosen, size, needs) === undefined;
  return isUsable ? chosen : usualShape(gpu, size, needs);
}

/** Shapes worth timing on a device, the usual one first. */
export function candidateShapes(gpu: Gpu, size: Size, needs: Needs): FixedMatvecShape[] {
  const usual = usualShape(gpu, size, needs);
  const others = [1, 2, 4].flatMap((steps) =>
    ROWS.flatMap((rowsPerLane) =>
      [4, 8].map((slots) => ({ lanes: lanesOf(gpu, size, steps, slots), rowsPerLane, slots })),
    ),
  );
  const fitting = others.filter((shape) => problemOf(gpu.device.limits, shape, size, needs) === undefined);
  return [
    ...new Map([usual, ...fitting].map((shape) => [JSON.stringify(Object.entries(shape).sort()), shape])).values(),
  ];
}

/** What is dealt out without a choice of the device. */
function usualShape(gpu: Gpu, size: Size, { kind }: Needs): FixedMatvecShape {
  const {
    steps = 2,
    rowsPerLane = 2,
    slots = 4,
  } = USUAL.find(({ rows, cols }) => size.rows >= rows && size.cols >= cols) ?? {};
  // Of swiglu half of the rows are partners of the others; what is left should be a whole octet.
  return { lanes: lanesOf(gpu, size, steps, slots), rowsPerLane: kind === "swiglu" ? 4 : rowsPerLane, slots };
}

function lanesOf({ device }: Gpu, { cols }: Size, steps: number, slots: number): number {
  const most = Math.min(MOST_LANES, Math.floor(device.limits.maxComputeInvocationsPerWorkgroup / slots));
  return Math.max(LEAST_LANES, Math.min(most, ceilDiv(cols / GROUP_SIZE, steps)));
}

/** Outputs of a workgroup. */
const outputsOf = ({ rowsPerLane, slots }: FixedMatvecShape, { kind }: Needs): number =>
  (slots * rowsPerLane) / (kind === "swiglu" ? 2 : 1);

const MEETING = 8;
const MOMENT_LANES = 16;

/** Bytes of workgroup memory: partial sums of rows, moments of groups, and outputs. */
const workgroupBytes = ({ lanes, slots, rowsPerLane }: FixedMatvecShape, { cols }: Size): number =>
  16 * slots * (lanes + MEETING) + 8 * (cols / GROUP_SIZE + MOMENT_LANES) + 4 * slots * rowsPerLane;

function problemOf(limits: Limits, shape: FixedMatvecShape, size: Size, needs: Needs): string | undefined {
  const { lanes, slots, rowsPerLane } = shape;
  const invocations = lanes * slots;
  if (needs.kind === "swiglu" && rowsPerLane < 2) return "swiglu needs at least 2 rows per lane";
  if (needs.kind === "append" && (slots * rowsPerLane) % 2 !== 0) return "append needs whole words of f16";
  if (needs.givesFixed && outputsOf(shape, needs) % OCTET !== 0) return "its outputs are not whole octets";
  if (outputsOf(shape, needs) > invocations) return "more outputs than invocations";
  // Of a norm, where there is one: each of the lanes that add them up is an invocation of its own.
  if (invocations < Math.min(MOMENT_LANES, size.cols / GROUP_SIZE)) return "too few invocations for the moments";
  if (invocations > limits.maxComputeInvocationsPerWorkgroup) return `${invocations} invocations are too many`;
  const bytes = workgroupBytes(shape, size);
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
  assertThat(problem === undefined, `${size.label}: ${problem}`);
}

/** The WGSL feature that integer dot products are part of. */
const FEATURE = "packed_4x8_integer_dot_product";

/** Whether this device can multiply whole numbers. */
export const canMultiplyFixed = (gpu: Gpu): boolean => gpu.wgslFeatures.has(FEATURE);
