import type { Gpu } from "@gpu/device";
import { createTensor, type Tensor } from "@gpu/tensor";
import type { ModelConfig } from "../config";
import { layerPlan } from "../layer-plan";
import type { Weights } from "../weights/weights";

const NAMES = ["lambda_q1", "lambda_k1", "lambda_q2", "lambda_k2"] as const;

/** The four λ vectors of each attention layer side by side, (4, headDim), so that a kernel binds one buffer for them. */
export function stackLambdas(gpu: Gpu, config: ModelConfig, weights: Weights): Map<number, Tensor> {
  const stacked = new Map<number, Tensor>();
  const encoder = gpu.device.createCommandEncoder({ label: "stack lambdas" });
  for (const [index, kind] of layerPlan(config).entries()) {
    if (kind === "mamba" || kind === "gmu") continue;
    const lambdas = createTensor(gpu, `layer ${index} lambdas`, [NAMES.length, config.headDim]);
    const bytes = config.headDim * Float32Array.BYTES_PER_ELEMENT;
    for (const [row, name] of NAMES.entries()) {
      const { buffer } = weights.vector(`model.layers.${index}.attn.inner_cross_attn.${name}`);
      encoder.copyBufferToBuffer(buffer, 0, lambdas.buffer, row * bytes, bytes);
    }
    stacked.set(index, lambdas);
  }
  gpu.device.queue.submit([encoder.finish()]);
  return stacked;
}

/** λinit = 0.8 − 0.6 · exp(−0.3 · index). FORMAT.md, "Differential attention". */
export const lambdaInit = (index: number): number => 0.8 - 0.6 * Math.exp(-0.3 * index);
