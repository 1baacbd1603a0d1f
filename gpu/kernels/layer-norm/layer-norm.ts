import type { Gpu } from "../../device";
import { type Dispatch, prepare } from "../../kernel";
import { assertShape, assertThat } from "../../shape";
import type { Tensor } from "../../tensor";
import wgsl from "./layer-norm.wgsl?raw";

/** "grouped" shares a row's sums through workgroup memory; "direct" does without barriers, for software adapters. */
export type LayerNormPath = "grouped" | "direct";

/** A warp does for a short row; in a long one more lanes mean fewer loads in each one's chain. */
const lanesFor = (size: number): number => (size <= 1024 ? 32 : 128);

export interface LayerNormTensors {
  step: Tensor;
  /** (tokens, size) f32, size a multiple of 4. */
  x: Tensor;
  /** (size) f32. */
  weight: Tensor;
  /** (size) f32. */
  bias: Tensor;
  /** (tokens, size) f32. */
  out: Tensor;
  /** Added to the variance; `layer_norm_eps` of the model. */
  eps: number;
}

/**
 * out = (x − mean) / √(variance + eps) ⊙ weight + bias, each row by itself. FORMAT.md: "LayerNorm has weight and bias".
 *
 * @param path for measuring and tests; the default is what suits the adapter.
 * @throws ShapeError when shapes disagree or size is not a multiple of 4.
 */
export function layerNorm(
  gpu: Gpu,
  { step, x, weight, bias, out, eps }: LayerNormTensors,
  path = defaultPath(gpu),
): Dispatch {
  const [tokens = 0, size = 0] = x.shape;
  assertShape("x", x.shape, [tokens, size]);
  assertThat(size % 4 === 0, `x has ${size} columns, expected a multiple of 4`);
  assertShape("weight", weight.shape, [size]);
  assertShape("bias", bias.shape, [size]);
  assertShape("out", out.shape, [tokens, size]);
  return prepare(gpu, {
    label: "layer-norm",
    wgsl,
    entryPoint: path,
    constants: { lanes: lanesFor(size), size, eps },
    bindings: { 0: step, 1: x, 2: weight, 3: bias, 4: out },
    workgroups: (rows) => [rows, 1, 1],
  });
}

const defaultPath = ({ adapter }: Gpu): LayerNormPath => (adapter.isFallback ? "direct" : "grouped");
