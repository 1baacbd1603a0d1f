import type { Gpu } from "@gpu/device";
import { createFixed, createNormed } from "@gpu/fixed-point";
import { createTensor, type Tensor } from "@gpu/tensor";
import type { ModelConfig } from "../config";

/**
 * The intermediate results of one run over at most `tokens` rows. Every layer uses the same ones in turn. `xz` and `mlp` hold
 * partial sums besides, each while the other is in use; see split-product.ts.
 */
export interface Activations {
  readonly tokens: number;
  /** (tokens) u32: what the embedding reads. */
  readonly ids: Tensor;
  /** (tokens, hiddenSize): the residual stream. */
  readonly residual: Tensor;
  /** (tokens, hiddenSize): LayerNorm of the residual stream. */
  readonly normed: Tensor;
  /** (tokens, hiddenSize + 2 · numKvHeads · headDim): queries, keys, values. */
  readonly qkv: Tensor;
  /** (tokens, hiddenSize): what attention puts out, before its projection. */
  readonly attended: Tensor;
  /** (tokens, 2 · innerSize): the scan's input u before its convolution, and its gate z. */
  readonly xz: Tensor;
  /** (tokens, innerSize): u after the convolution; after the scan its gated output; also a GMU's gated memory. */
  readonly inner: Tensor;
  /** (tokens, deltaRank + 2 · stateSize): δ, B and C. */
  readonly projected: Tensor;
  /** (tokens, innerSize): Δ before its softplus. */
  readonly delta: Tensor;
  /** (tokens, innerSize): the GMU memory, the last Mamba layer's scan output before its gate. */
  readonly memory: Tensor;
  /** (tokens, intermediateSize): SiLU(gate) ⊙ up. */
  readonly mlp: Tensor;
}

/** What one kernel hands to the next product in fixed point (gpu/fixed-point.ts), one row, where decode fuses. */
export interface FixedActivations {
  /** The residual stream times the weight of the LayerNorm that comes next, with its moments. */
  readonly residual: Tensor;
  /** As Activations.attended. */
  readonly attended: Tensor;
  /** As Activations.inner, behind the scan or a GMU's gate. */
  readonly inner: Tensor;
  /** As Activations.mlp. */
  readonly mlp: Tensor;
}

export function createFixedActivations(gpu: Gpu, label: string, config: ModelConfig): FixedActivations {
  const { hiddenSize, innerSize, intermediateSize } = config;
  return {
    residual: createNormed(gpu, `${label} residual, fixed`, hiddenSize),
    attended: createFixed(gpu, `${label} attended, fixed`, hiddenSize),
    inner: createFixed(gpu, `${label} inner, fixed`, innerSize),
    mlp: createFixed(gpu, `${label} mlp, fixed`, intermediateSize),
  };
}

export function createActivations(gpu: Gpu, label: string, config: ModelConfig, tokens: number): Activations {
  const { hiddenSize, innerSize, intermediateSize, numKvHeads, headDim, deltaRank, stateSize } = config;
  const rows = (name: string, size: number): Tensor => createTensor(gpu, `${label} ${name}`, [tokens, size]);
  return {
    tokens,
    ids: createTensor(gpu, `${label} ids`, [tokens], "u32"),
    residual: rows("residual", hiddenSize),
    normed: rows("normed", hiddenSize),
    qkv: rows("qkv", hiddenSize + 2 * numKvHeads * headDim),
    attended: rows("attended", hiddenSize),
    xz: rows("xz", 2 * innerSize),
    inner: rows("inner", innerSize),
    projected: rows("projected", deltaRank + 2 * stateSize),
    delta: rows("delta", innerSize),
    memory: rows("memory", innerSize),
    mlp: rows("mlp", intermediateSize),
  };
}

export function destroyActivations({ tokens: _, ...tensors }: Activations): void {
  for (const { buffer } of Object.values(tensors)) buffer.destroy();
}

export function destroyFixedActivations(fixed: FixedActivations): void {
  for (const { buffer } of Object.values(fixed)) buffer.destroy();
}
