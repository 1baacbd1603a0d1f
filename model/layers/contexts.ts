import type { Gpu } from "@gpu/device";
import { canMultiplyFixed } from "@gpu/kernels/int4-fixed-matvec/fixed-matvec-shape";
import { type Recording, submit } from "@gpu/recording";
import { createStep, writeStep } from "@gpu/step";
import type { Tensor } from "@gpu/tensor";
import type { ModelConfig } from "../config";
import type { Weights } from "../weights/weights";
import { createActivations, createFixedActivations, destroyActivations, destroyFixedActivations } from "./activations";
import { createPartials } from "./attention-partials";
import { stackLambdas } from "./lambdas";
import type { LayerContext } from "./layer-context";
import { stackNorms } from "./norm";
import { createNormSums, sumNorms } from "./norm-sums";
import { fillStacks, type Stack } from "./stack";

/** The two ways in which a model runs, over the same weights. */
export interface Contexts {
  /** Prefill: a chunk of rows. */
  readonly many: LayerContext;
  /** Decode: one row. */
  readonly one: LayerContext;
  /** Runs once, when the weights are there; see norm-sums.ts. Empty where decode does not fuse. */
  readonly preparation: Recording;
}

/**
 * Needs no weights yet but where they will lie.
 *
 * @param chunk most tokens of one prefill run.
 * @param capacity positions of the full cache; see resizePartials.
 * @param fuses whether decode runs neighbouring steps in one dispatch; the default is what suits the adapter.
 */
export function createContexts(
  gpu: Gpu,
  config: ModelConfig,
  weights: Weights,
  chunk: number,
  capacity: number,
  fuses = !gpu.adapter.isFallback && canMultiplyFixed(gpu),
): Contexts {
  const shared = {
    gpu,
    config,
    weights,
    lambdas: stackLambdas(gpu, config, weights),
    norms: fuses ? stackNorms(gpu, config, weights) : new Map<string, Stack>(),
    normSums: fuses ? createNormSums(gpu, config, weights) : new Map<string, Tensor>(),
    partials: createPartials(gpu, config, capacity),
  };
  const context = (label: string, tokens: number, fuses: boolean): LayerContext => ({
    ...shared,
    fuses,
    step: createStep(gpu, `${label} step`),
    activations: createActivations(gpu, label, config, tokens),
    fixed: fuses ? createFixedActivations(gpu, label, config) : undefined,
  });
  const many = context("prefill", chunk, false);
  return { many, one: context("decode", 1, fuses), preparation: sumNorms(many) };
}

/** To be called when the weights are there, before anything runs: some are kept side by side as well, of others sums. */
export function stackWeights({ many, preparation }: Contexts): void {
  const { gpu, step, lambdas, norms } = many;
  fillStacks(gpu, [...lambdas.values(), ...norms.values()]);
  writeStep(gpu, step, { position: 0, tokens: 2, done: 0, drawn: 0 });
  submit(gpu, preparation, 2);
}

/** Contexts for a full cache of another capacity; only the scratch of attention depends on it. */
export function resizePartials({ many, one, preparation }: Contexts, capacity: number): Contexts {
  one.partials.buffer.destroy();
  const partials = createPartials(one.gpu, one.config, capacity);
  return { many: { ...many, partials }, one: { ...one, partials }, preparation };
}

export function destroyContexts({ many, one }: Contexts): void {
  for (const { step, activations, fixed } of [many, one]) {
    step.buffer.destroy();
    destroyActivations(activations);
    if (fixed) destroyFixedActivations(fixed);
  }
  one.partials.buffer.destroy();
  for (const { buffer } of [...one.lambdas.values(), ...one.norms.values(), ...one.normSums.values()]) buffer.destroy();
}
