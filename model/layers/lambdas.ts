import type { Gpu } from "@gpu/device";
import type { ModelConfig } from "../config";
import { layerPlan } from "../layer-plan";
import type { Weights } from "../weights/weights";
import { createStack, type Stack } from "./stack";

const NAMES = ["lambda_q1", "lambda_k1", "lambda_q2", "lambda_k2"] as const;

/** The four λ vectors of each attention layer, (4, headDim), by layer index. */
export function stackLambdas(gpu: Gpu, config: ModelConfig, weights: Weights): Map<number, Stack> {
  const stacked = new Map<number, Stack>();
  for (const [index, kind] of layerPlan(config).entries()) {
    if (kind === "mamba" || kind === "gmu") continue;
    const vectors = NAMES.map((name) => weights.vector(`model.layers.${index}.attn.inner_cross_attn.${name}`));
    stacked.set(index, createStack(gpu, `layer ${index} lambdas`, vectors));
  }
  return stacked;
}

/** λinit = 0.8 − 0.6 · exp(−0.3 · index). FORMAT.md, "Differential attention". */
export const lambdaInit = (index: number): number => 0.8 - 0.6 * Math.exp(-0.3 * index);
