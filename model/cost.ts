import { codeBytes, scaleBytes } from "@gpu/int4";
import type { Peak } from "@gpu/peak";
import type { ModelConfig } from "./config";
import { layerPlan } from "./layer-plan";
import type { CacheFormat } from "./state/kv-cache";
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
 * What one decode step costs at least.
 *
 * @param position tokens before this one: what attention reads.
 * @param fullCache the format of the full cache.
 */
export function decodeCost(config: ModelConfig, position: number, fullCache: CacheFormat = "f16"): Cost {
  let bytes = 0;
  let operations = 0;
  for (const tensor of tensorPlan(config)) {
    bytes += tensorBytes(tensor, shippedFormat(tensor));
    operations += 2 * weightCount(tensor);
  }
  const { numKvHeads, numHeads, headDim, innerSize, stateSize, convWidth, slidingWindow } = config;
  for (const kind of layerPlan(config)) {
    if (kind === "mamba") {
      bytes += 2 * 4 * innerSize * (stateSize + convWidth); // the recurrent state is read and written
      operations += 7 * innerSize * stateSize;
    }
    if (kind === "mamba" || kind === "gmu") continue;
    const keys = kind === "sliding" ? Math.min(position + 1, slidingWindow) : position + 1;
    // Keys and values: two bytes each, or one and their two scales for a head.
    const headBytes = kind !== "sliding" && fullCache === "int8" ? 2 * headDim + 2 * 2 : 2 * 2 * headDim;
    bytes += keys * numKvHeads * headBytes;
    // Per query head a dot over headDim and a sum over the pair's 2 · headDim values.
    operations += 2 * keys * numHeads * 3 * headDim;
  }
  return { bytes, operations };
}

/** Weights that are multiplied with each token; vectors are nothing beside them. */
const weightCount = ({ role, shape }: PlannedTensor): number =>
  role === "vector" ? 0 : shape.reduce((product, size) => product * size, 1);

/** The least time that a cost can take on a device of this peak. */
export function floorMs({ bytes, operations }: Cost, peak: Peak): number {
  return 1000 * Math.max(bytes / peak.bytesPerSecond, operations / peak.operationsPerSecond);
}

/**
 * What prefill of `tokens` tokens from an empty state costs at least: the self-decoder's weights once for each chunk, a
 * multiply-add per weight and token, and the full layer's keys and values. Attention's own share is small beside it and
 * left out.
 */
export function prefillCost(config: ModelConfig, tokens: number, chunk: number): Cost {
  const lastLayer = config.numLayers / 2;
  let bytes = 0;
  let weights = 0;
  for (const tensor of tensorPlan(config)) {
    const layer = Number(/^model\.layers\.(\d+)\./.exec(tensor.name)?.[1] ?? Number.NaN);
    if (!(layer <= lastLayer)) continue;
    bytes += tensorBytes(tensor, shippedFormat(tensor));
    weights += weightCount(tensor);
  }
  const keysAndValues = 2 * config.numKvHeads * config.headDim * config.hiddenSize;
  const filled = tensorBytes({ shape: [keysAndValues] }, "int4");
  return { bytes: Math.ceil(tokens / chunk) * (bytes + filled), operations: 2 * tokens * (weights + keysAndValues) };
}
