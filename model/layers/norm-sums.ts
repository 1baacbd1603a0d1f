import type { Gpu } from "@gpu/device";
import { int4Matmul } from "@gpu/kernels/int4-matmul/int4-matmul";
import type { Matrix } from "@gpu/matrix";
import type { Recording } from "@gpu/recording";
import { createTensor, type Tensor } from "@gpu/tensor";
import type { ModelConfig } from "../config";
import { type LayerKind, layerPlan } from "../layer-plan";
import type { Weights } from "../weights/weights";
import { EMBEDDING } from "./embedding";
import { type LayerContext, lookup } from "./layer-context";
import { FINAL_NORM, mixerNorm, mlpNorm } from "./norm";

/** A mixer's first matrix. */
export const mixerMatrix = (index: number, kind: LayerKind): string =>
  `model.layers.${index}.attn.${kind === "mamba" || kind === "gmu" ? "in_proj" : "Wqkv"}.weight`;

/** Names of all LayerNorms of the residual stream, each with the matrix that is multiplied with it. */
export function normsAndMatrices(config: ModelConfig): [norm: string, matrix: string][] {
  const ofLayers = layerPlan(config).flatMap((kind, index): [string, string][] => [
    [mixerNorm(index), mixerMatrix(index, kind)],
    [mlpNorm(index), `model.layers.${index}.mlp.fc1.weight`],
  ]);
  return [...ofLayers, [FINAL_NORM, EMBEDDING]];
}

/**
 * By the name of each LayerNorm that goes into the product behind it, where decode fuses, the matrix of that product: the 4-bit
 * ones, but for an fc1 in parts, which runs as other products.
 */
function fusedMatrices(config: ModelConfig, weights: Weights): Map<string, Matrix> {
  const isFused = ({ format, parts, label }: Matrix) =>
    format === "int4" && (parts.length === 1 || !label.endsWith("fc1.weight"));
  const all = normsAndMatrices(config).map(([norm, name]) => [norm, weights.matrix(name)] as const);
  return new Map(all.filter(([, matrix]) => isFused(matrix)));
}

/**
 * For each matrix W behind a LayerNorm of weight w and bias b: W w and W b, (2, rows) f32, by the norm's name. With them a
 * product needs of the norm no more than the mean and the deviation of a row. Zeros until `sumNorms` has run.
 */
export function createNormSums(gpu: Gpu, config: ModelConfig, weights: Weights): Map<string, Tensor> {
  const matrices = [...fusedMatrices(config, weights)];
  return new Map(
    matrices.map(([norm, { label, rows }]) => [norm, createTensor(gpu, `${label} of its norm`, [2, rows])]),
  );
}

/** What fills the context's norm sums, in a run over two rows, once the weights and the stacks of norms are there. */
export function sumNorms({ gpu, config, weights, step, norms, normSums }: LayerContext): Recording {
  if (normSums.size === 0) return [];
  return [...fusedMatrices(config, weights)].flatMap(([norm, weight]) =>
    int4Matmul(gpu, { step, weight, x: lookup(norms, norm), out: lookup(normSums, norm), epilogue: { kind: "store" } }),
  );
}
