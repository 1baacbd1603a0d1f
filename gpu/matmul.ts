import type { Gpu } from "./device";
import { type Dispatch, prepare } from "./kernel";
import {
  assertLinear,
  columns,
  type LinearTensors,
  linearBindings,
  linearConstants,
  outputCount,
  type SplitTensors,
} from "./linear";
import type { MatrixFormat } from "./matrix";
import { assertShape, ceilDiv } from "./shape";
import type { Tensor } from "./tensor";

/** The first step.tokens rows of x and out. */
export type MatmulTensors = LinearTensors & { step: Tensor };
export type MatmulSplitTensors = SplitTensors & { step: Tensor };

/** "tiled" goes through workgroup memory; "direct" does without barriers, for software adapters. */
export type MatmulPath = "tiled" | "direct";

/** What makes one of these kernels: its shader has an entry point for each path. */
export interface MatmulKernel {
  readonly format: MatrixFormat;
  readonly wgsl: string;
}

/** Rows of W and tokens that a workgroup serves. */
const TILES: Readonly<Record<MatmulPath, readonly [rows: number, tokens: number]>> = {
  tiled: [64, 64],
  direct: [64, 4],
};

/** What a kernel steps by: a split has whole steps. */
const STEP_COLUMNS = 32;

/**
 * The product by tiles, whatever the format of W: one dispatch for each part of W.
 *
 * @param path what suits the adapter unless given.
 * @throws ShapeError when shapes disagree.
 */
export function matmul(gpu: Gpu, kernel: MatmulKernel, tensors: MatmulTensors, path?: MatmulPath): Dispatch[] {
  const suitable = gpu.adapter.isFallback ? "direct" : "tiled";
  return dispatches(gpu, kernel, tensors, { path: path ?? suitable, splits: 1, name: tensors.epilogue.kind });
}

/**
 * The sums over `splits` runs of columns, for matmul-merge to put together.
 *
 * @throws ShapeError when shapes disagree.
 */
export function matmulSplit(
  gpu: Gpu,
  kernel: MatmulKernel,
  { partials, splits, ...tensors }: MatmulSplitTensors,
): Dispatch[] {
  const { weight, x } = tensors;
  assertShape(partials.label, partials.shape, [x.shape[0] ?? 0, splits * weight.rows]);
  const whole = { ...tensors, out: partials, epilogue: { kind: "store" as const } };
  return dispatches(gpu, kernel, whole, { path: "tiled", splits, name: "split" });
}

interface Way {
  path: MatmulPath;
  splits: number;
  /** In the label. */
  name: string;
}

function dispatches(
  gpu: Gpu,
  { format, wgsl }: MatmulKernel,
  tensors: MatmulTensors,
  { path, splits, name }: Way,
): Dispatch[] {
  const { step, weight, x, out, epilogue } = tensors;
  assertLinear(tensors, format);
  assertShape(`${out.label} rows`, [out.shape[0] ?? 0], [x.shape[0] ?? 0]);
  if (epilogue.kind === "gate") assertShape("gate rows", [epilogue.gate.shape[0] ?? 0], [x.shape[0] ?? 0]);
  const [tileRows, tileTokens] = TILES[path];
  return weight.parts.map((part) =>
    prepare(gpu, {
      label: `${format}-matmul ${name} ${weight.label}`,
      wgsl,
      entryPoint: path,
      constants: { ...linearConstants(tensors, part), ...strides(tensors), ...splitConstants(tensors, splits) },
      bindings: { 0: step, ...linearBindings(tensors, part) },
      workgroups: (tokens) => [ceilDiv(part.rows, tileRows), ceilDiv(tokens, tileTokens), splits],
    }),
  );
}

/** The overrides that say how far apart rows lie. */
function strides(tensors: MatmulTensors): Record<string, number> {
  const { x, out } = tensors;
  return { x_stride: columns(x), out_stride: columns(out), gate_stride: outputCount(tensors) };
}

/** The overrides for workgroups (…, …, split) of a grid. */
function splitConstants({ weight }: MatmulTensors, splits: number): Record<string, number> {
  const split_columns = STEP_COLUMNS * ceilDiv(ceilDiv(weight.cols, STEP_COLUMNS), splits);
  return splits === 1 ? {} : { split_columns, split_stride: weight.rows };
}
