import type { Gpu } from "@gpu/device";
import type { ModelConfig } from "../config";
import { shippedFormat } from "../cost";
import { type PlannedTensor, tensorPlan } from "../tensor-plan";
import { toF16 } from "../weights/half";
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

const BLOCK_BYTES = 2 ** 22;

/**
 * Weights for timing, in the shipped formats and quick at any size: vectors and small matrices by formula, 4-bit
 * matrices of repeated random codes with scales that keep activations in range.
 */
export function timingWeights(gpu: Gpu, config: ModelConfig): Weights {
  const plan = tensorPlan(config).map((tensor) => ({ ...tensor, format: shippedFormat(tensor) }));
  const weights = allocateWeights(gpu, plan);
  const block = randomCodes();
  for (const tensor of plan.filter(({ format }) => format === "int4")) writeCodes(weights, tensor, block);
  writeFormulas(
    gpu,
    weights,
    plan.filter(({ format }) => format !== "int4"),
  );
  return weights;
}

function randomCodes(): Uint8Array {
  const block = new Uint32Array(BLOCK_BYTES / 4);
  let state = 1;
  for (let i = 0; i < block.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    block[i] = state;
  }
  return new Uint8Array(block.buffer);
}

function writeCodes(weights: Weights, { name, shape }: PlannedTensor, block: Uint8Array): void {
  const [rows = 0, cols = 0] = shape;
  const scale = toF16(Math.sqrt(3 / cols) / 8);
  writeRepeated(weights, name, "values", (rows * cols) / 2, block);
  writeRepeated(
    weights,
    name,
    "scales",
    (rows * cols) / 16,
    new Uint8Array(new Uint16Array(2 ** 16).fill(scale).buffer),
  );
}

function writeRepeated(
  weights: Weights,
  name: string,
  part: "values" | "scales",
  size: number,
  block: Uint8Array,
): void {
  for (let offset = 0; offset < size; offset += block.length) {
    weights.write(name, part, offset, block.subarray(0, Math.min(block.length, size - offset)));
  }
}
