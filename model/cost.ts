import { codeBytes, scaleBytes } from "@gpu/int4";
import type { ModelConfig } from "./config";
import { layerPlan } from "./layer-plan";
import { type PlannedTensor, tensorPlan } from "./tensor-plan";
import type { StoredFormat } from "./weights/stored-tensor";

/** The least that a piece of work must do: each weight and each state read once, one multiply-add per weight and token. */
export interface Cost {
  readonly bytes: number;
  readonly operations: number;
}

/** Stored bytes of a tensor in a format. */
export function tensorBytes({ shape }: Pick<PlannedTensor, "shape">, format: StoredFormat): number {
  const count = shape.reduce((product, size) => product * size, 1);
  if (format === "int4") return codeBytes(1, count) + scaleBytes(1, count);
  return count * (format === "f16" ? 2 : 4);
}

/** The format in which a planned tensor is held when matrices are 4-bit. */
export const shippedFormat = ({ role }: PlannedTensor): StoredFormat =>
  role === "matrix" ? "int4" : role === "precise-matrix" ? "f16" : "f32";

/**
 * What each stage of one decode step costs at least, under the stage's label (model.ts).
 *
 * @param position tokens before this one: what attention reads.
 */
export function decodeCosts(config: ModelConfig, position: number): Map<string, Cost> {
  const costs = new Map<string, Cost>();
  const add = (label: string, bytes: number, operations: number): void => {
    const before = costs.get(label) ?? { bytes: 0, operations: 0 };
    costs.set(label, { bytes: before.bytes + bytes, operations: before.operations + operations });
  };
  for (const tensor of tensorPlan(config)) {
    const weights = tensor.role === "vector" ? 0 : tensor.shape.reduce((product, size) => product * size, 1);
    add(stageOf(tensor.name), tensorBytes(tensor, shippedFormat(tensor)), 2 * weights);
  }
  const { numKvHeads, numHeads, headDim, innerSize, stateSize, convWidth, slidingWindow } = config;
  for (const [index, kind] of layerPlan(config).entries()) {
    const label = `layer ${index} mixer`;
    // The recurrent state is read and written.
    if (kind === "mamba") add(label, 2 * 4 * innerSize * (stateSize + convWidth), 7 * innerSize * stateSize);
    if (kind === "mamba" || kind === "gmu") continue;
    const keys = kind === "sliding" ? Math.min(position + 1, slidingWindow) : position + 1;
    // Keys and values in f16; per query head a dot over headDim and a sum over the pair's 2 · headDim values.
    add(label, 2 * 2 * keys * numKvHeads * headDim, 2 * keys * numHeads * 3 * headDim);
  }
  return costs;
}

/**
 * What prefill of `tokens` tokens from an empty state costs at least: the self-decoder's weights once, a multiply-add
 * per weight and token, and the full layer's keys and values. Attention's own share is small beside it and left out.
 */
export function prefillCost(config: ModelConfig, tokens: number): Cost {
  const lastLayer = config.numLayers / 2;
  let bytes = 0;
  let weights = 0;
  for (const tensor of tensorPlan(config)) {
    const layer = Number(/^model\.layers\.(\d+)\./.exec(tensor.name)?.[1] ?? Number.NaN);
    if (!(layer <= lastLayer)) continue;
    bytes += tensorBytes(tensor, shippedFormat(tensor));
    if (tensor.role !== "vector") weights += tensor.shape.reduce((product, size) => product * size, 1);
  }
  const keysAndValues = 2 * config.numKvHeads * config.headDim * config.hiddenSize;
  const filled = tensorBytes({ shape: [keysAndValues] }, "int4");
  return { bytes: bytes + filled, operations: 2 * tokens * (weights + keysAndValues) };
}

/** The LM head reads the embedding; the embedding itself reads one row of it, which is nothing beside that. */
function stageOf(name: string): string {
  const layer = /^model\.layers\.(\d+)\.(.*)/.exec(name);
  if (!layer) return "lm head";
  const isMlp = layer[2]?.startsWith("mlp") || layer[2]?.startsWith("post_attention");
  return `layer ${layer[1]} ${isMlp ? "mlp" : "mixer"}`;
}
