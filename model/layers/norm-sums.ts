import type { Gpu } from "@gpu/device";
import { int4Matmul } from "@gpu/kernels/int4-matmul/int4-matmul";
import { submit } from "@gpu/recording";
import { createStep, writeStep } from "@gpu/step";
import { createTensor, type Tensor } from "@gpu/tensor";
import type { ModelConfig } from "../config";
import { type LayerKind, layerPlan } from "../layer-plan";
import type { Weights } from "../weights/weights";
import { EMBEDDING } from "./embedding";
import { lookup } from "./layer-context";
import { FINAL_NORM, mixerNorm, mlpNorm } from "./norm";
import type { Stack } from "./stack";

/** A matrix that is multiplied with a LayerNorm of the residual stream. */
interface Normed {
  readonly matrix: string;
  readonly norm: string;
}

/** A mixer's first matrix. */
export const mixerMatrix = (index: number, kind: LayerKind): string =>
  `model.layers.${index}.attn.${kind === "mamba" || kind === "gmu" ? "in_proj" : "Wqkv"}.weight`;

function normedMatrices(config: ModelConfig, weights: Weights): Normed[] {
  const ofLayers = layerPlan(config).flatMap((kind, index) => [
    { matrix: mixerMatrix(index, kind), norm: mixerNorm(index) },
    { matrix: `model.layers.${index}.mlp.fc1.weight`, norm: mlpNorm(index) },
  ]);
  const all = [...ofLayers, { matrix: EMBEDDING, norm: FINAL_NORM }];
  return all.filter(({ matrix }) => weights.matrix(matrix).format === "int4");
}

/**
 * For each 4-bit matrix W behind a LayerNorm of weight w and bias b: W w and W b, (2, rows) f32, by W's name. With them a
 * product needs of the norm no more than the mean and the deviation of a row. Zeros until `fillNormSums`.
 */
export function createNormSums(gpu: Gpu, config: ModelConfig, weights: Weights): Map<string, Tensor> {
  return new Map(
    normedMatrices(config, weights).map(({ matrix }) => {
      const { label, rows } = weights.matrix(matrix);
      return [matrix, createTensor(gpu, `${label} of its norm`, [2, rows])];
    }),
  );
}

/** To be called when the weights and the stacks of norms are filled. The work is submitted, nothing is waited for. */
export function fillNormSums(
  gpu: Gpu,
  config: ModelConfig,
  weights: Weights,
  norms: ReadonlyMap<string, Stack>,
  sums: ReadonlyMap<string, Tensor>,
): void {
  if (sums.size === 0) return;
  const step = createStep(gpu, "norm sums step");
  writeStep(gpu, step, { position: 0, tokens: 2, done: 0, drawn: 0 });
  const recording = normedMatrices(config, weights).flatMap(({ matrix, norm }) =>
    int4Matmul(gpu, {
      step,
      weight: weights.matrix(matrix),
      x: lookup(norms, norm),
      out: lookup(sums, matrix),
      epilogue: { kind: "store" },
    }),
  );
  submit(gpu, recording, 2);
  step.buffer.destroy(); // once the work is done
}
