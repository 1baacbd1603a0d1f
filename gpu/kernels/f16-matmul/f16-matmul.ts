import type { Gpu } from "../../device";
import { type Dispatch, prepare } from "../../kernel";
import {
  assertLinear,
  type LinearTensors,
  linearBindings,
  linearConstants,
  linearStrides,
  type SplitTensors,
  splitConstants,
} from "../../linear";
import { assertShape, ceilDiv } from "../../shape";
import type { Tensor } from "../../tensor";
import wgsl from "./f16-matmul.wgsl?raw";

export type MatmulTensors = LinearTensors & { step: Tensor };

/** "tiled" goes through workgroup memory; "direct" does without barriers, for software adapters. */
export type MatmulPath = "tiled" | "direct";

/** Rows of W and tokens that a workgroup serves. */
const TILES: Readonly<Record<MatmulPath, readonly [rows: number, tokens: number]>> = {
  tiled: [64, 64],
  direct: [64, 4],
};

/**
 * Y = X Wᵀ (+ bias) for the first step.tokens rows of x and an f16 W, then the epilogue. One dispatch for each part of W.
 *
 * @param path for measuring; the default is what suits the adapter.
 * @throws ShapeError when shapes disagree.
 */
export function f16Matmul(gpu: Gpu, tensors: MatmulTensors, path = defaultPath(gpu)): Dispatch[] {
  return dispatches(gpu, tensors, { path, splits: 1, name: tensors.epilogue.kind });
}

/**
 * The sums of X Wᵀ over `splits` runs of columns, each by workgroups of its own: where W has few rows, there would be too
 * few of them. For graphics cards.
 *
 * @throws ShapeError when shapes disagree.
 */
export function f16MatmulSplit(
  gpu: Gpu,
  { partials, splits, ...tensors }: SplitTensors & { step: Tensor },
): Dispatch[] {
  const { weight, x } = tensors;
  assertShape(partials.label, partials.shape, [x.shape[0] ?? 0, splits * weight.rows]);
  const whole = { ...tensors, out: partials, epilogue: { kind: "store" as const } };
  return dispatches(gpu, whole, { path: "tiled", splits, name: "split" });
}

interface Way {
  path: MatmulPath;
  splits: number;
  /** In the label. */
  name: string;
}

function dispatches(gpu: Gpu, tensors: MatmulTensors, { path, splits, name }: Way): Dispatch[] {
  const { step, weight, x, out, epilogue } = tensors;
  assertLinear(tensors, "f16");
  assertShape(`${out.label} rows`, [out.shape[0] ?? 0], [x.shape[0] ?? 0]);
  if (epilogue.kind === "gate") assertShape("gate rows", [epilogue.gate.shape[0] ?? 0], [x.shape[0] ?? 0]);
  const [tileRows, tileTokens] = TILES[path];
  return weight.parts.map((part) =>
    prepare(gpu, {
      label: `f16-matmul ${name} ${weight.label}`,
      wgsl,
      entryPoint: path,
      constants: { ...linearConstants(tensors, part), ...linearStrides(tensors), ...splitConstants(tensors, splits) },
      bindings: { 0: step, ...linearBindings(tensors, part) },
      workgroups: (tokens) => [ceilDiv(part.rows, tileRows), ceilDiv(tokens, tileTokens), splits],
    }),
  );
}

const defaultPath = ({ adapter }: Gpu): MatmulPath => (adapter.isFallback ? "direct" : "tiled");
