import type { Dispatch } from "@gpu/kernel";
import { layerNorm } from "@gpu/kernels/layer-norm/layer-norm";
import type { LayerContext } from "./layer-context";

/** normed = LayerNorm(residual) with the weight and bias called `name`. */
export function norm({ gpu, config, weights, step, activations }: LayerContext, name: string): Dispatch {
  return layerNorm(gpu, {
    step,
    x: activations.residual,
    weight: weights.vector(`${name}.weight`),
    bias: weights.vector(`${name}.bias`),
    out: activations.normed,
    eps: config.layerNormEps,
  });
}
