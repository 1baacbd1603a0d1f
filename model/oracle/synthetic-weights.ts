import type { Gpu } from "@gpu/device";
import type { ModelConfig } from "../config";
import { shippedFormat } from "../cost";
import { tensorPlan } from "../tensor-plan";
import type { StoredTensor } from "../weights/stored-tensor";
import { allocateWeights, type Weights } from "../weights/weights";
import { FormulaWriter } from "./formula-writer";

/**
 * Every tensor of a model by formula, made on the GPU: vectors in f32, x_proj and dt_proj in f16, which holds
 * bfloat16-rounded formula values exactly but for the smallest, and the other matrices in f16 or quantized.
 */
export function formulaWeights(gpu: Gpu, config: ModelConfig, matrices: "f16" | "int4" = "f16"): Weights {
  const plan = tensorPlan(config).map((tensor) => {
    const format = shippedFormat(tensor);
    return { ...tensor, format: format === "int4" ? matrices : format };
  });
  const weights = allocateWeights(gpu, plan);
  writeFormulas(gpu, weights, plan);
  return weights;
}

function writeFormulas(gpu: Gpu, weights: Weights, tensors: readonly StoredTensor[]): void {
  const writer = new FormulaWriter(gpu);
  for (const { name, format } of tensors) {
    if (format === "f32") writer.vector(name, weights.vector(name));
    else writer.matrix(name, weights.matrix(name));
  }
  writer.destroy();
}
