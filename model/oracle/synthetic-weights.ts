import type { Gpu } from "@gpu/device";
import type { ModelConfig } from "../config";
import { shippedFormat } from "../cost";
import { type PlannedTensor, tensorPlan } from "../tensor-plan";
import { encodeRun } from "../weights/encode";
import { toF16 } from "../weights/half";
import { allocateWeights, type Weights } from "../weights/weights";
import { formulaTensor } from "./formula-weights";

/**
 * Every tensor of a model by formula: vectors in f32, matrices in f16, which holds bfloat16-rounded formula values
 * exactly but for the smallest.
 */
export function formulaWeights(gpu: Gpu, config: ModelConfig): Weights {
  const plan = tensorPlan(config).map(
    (tensor) => ({ ...tensor, format: tensor.role === "vector" ? "f32" : "f16" }) as const,
  );
  const weights = allocateWeights(gpu, plan);
  for (const { name, shape, format } of plan) {
    weights.write(name, "values", 0, encodeRun(format, formulaTensor(name, shape)).values);
  }
  return weights;
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
  for (const tensor of plan) {
    if (tensor.format === "int4") {
      writeCodes(weights, tensor, block);
      continue;
    }
    weights.write(tensor.name, "values", 0, encodeRun(tensor.format, formulaTensor(tensor.name, tensor.shape)).values);
  }
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
