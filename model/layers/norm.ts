import type { Gpu } from "@gpu/device";
import type { Dispatch } from "@gpu/kernel";
import { type Int4FixedMatvecTensors, int4FixedMatvec } from "@gpu/kernels/int4-fixed-matvec/int4-fixed-matvec";
import { layerNorm } from "@gpu/kernels/layer-norm/layer-norm";
import { assertThat } from "@gpu/shape";
import type { ModelConfig } from "../config";
import type { Weights } from "../weights/weights";
import { type LayerContext, lookup } from "./layer-context";
import { type LinearTensors, linear } from "./linear";
import { createStack, type Stack } from "./stack";

export const FINAL_NORM = "model.final_layernorm";
export const mixerNorm = (index: number): string => `model.layers.${index}.input_layernorm`;
export const mlpNorm = (index: number): string => `model.layers.${index}.post_attention_layernorm`;
/** The norm behind an MLP: the next layer's or the last. */
export const afterMlp = ({ numLayers }: ModelConfig, index: number): string =>
  index + 1 < numLayers ? mixerNorm(index + 1) : FINAL_NORM;

/** Weight and bias of every LayerNorm, (2, hiddenSize), by name. */
export function stackNorms(gpu: Gpu, { numLayers }: ModelConfig, weights: Weights): Map<string, Stack> {
  const indices = Array.from({ length: numLayers }, (_, index) => index);
  const names = [...indices.flatMap((index) => [mixerNorm(index), mlpNorm(index)]), FINAL_NORM];
  return new Map(
    names.map((name) => {
      const vectors = [weights.vector(`${name}.weight`), weights.vector(`${name}.bias`)];
      return [name, createStack(gpu, name, vectors)];
    }),
  );
}

/** normed = LayerNorm(residual) with the weight and bias called `name`. */
export function norm({ gpu, config, weights, step, activations }: LayerContext, name: string): Dispatch {
  return layerNorm(gpu, {
    step,
    x: activations.residual,
    weight: weights.vector(`${name}.weight`),
    bias: weights.vector(`${name}.bias`),
    out: activations.normed,
    eps: config.layerNormEps,
  });
}

/** out = epilogue(W LayerNorm(residual) + bias): one dispatch where the norm goes into the product, else two. */
export function normedLinear(context: LayerContext, name: string, tensors: Omit<LinearTensors, "x">): Dispatch[] {
  if (isFused(context, name)) return fusedNormLinear(context, name, tensors);
  return [norm(context, name), ...linear(context, { ...tensors, x: context.activations.normed })];
}

/** Whether the norm of this name goes into the product behind it. */
export const isFused = ({ fuses, normSums }: LayerContext, name: string): boolean => fuses && normSums.has(name);

/**
 * The same in one dispatch, also with an epilogue that changes a state. Only for norms that go into the product: for them the
 * residual stream has been made ready (residual.ts).
 */
export function fusedNormLinear(
  { gpu, config, normSums, fixed }: LayerContext,
  name: string,
  tensors: Omit<Int4FixedMatvecTensors, "x" | "norm">,
): Dispatch[] {
  assertThat(fixed !== undefined, `${tensors.weight.label}: decode does not fuse here`);
  const norm = { sums: lookup(normSums, name), eps: config.layerNormEps };
  return int4FixedMatvec(gpu, { ...tensors, x: fixed.residual, norm });
}
