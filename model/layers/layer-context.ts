import type { Gpu } from "@gpu/device";
import type { Matrix } from "@gpu/matrix";
import type { Tensor } from "@gpu/tensor";
import type { ModelConfig } from "../config";
import type { Weights } from "../weights/weights";
import type { Activations, FixedActivations } from "./activations";
import type { Stack } from "./stack";

/** What every layer is built from: one of these for decode (one row), one for prefill (a chunk of rows). */
export interface LayerContext {
  readonly gpu: Gpu;
  readonly config: ModelConfig;
  readonly weights: Weights;
  /** (4, headDim) λ vectors of each attention layer, by layer index; see lambdas.ts. */
  readonly lambdas: ReadonlyMap<number, Stack>;
  /** Weight and bias of each LayerNorm, (2, hiddenSize), by its name; see norm.ts. Empty where decode does not fuse. */
  readonly norms: ReadonlyMap<string, Stack>;
  /** Of norms that go into the 4-bit product behind them: what each is to that matrix, (2, rows), by name; see norm-sums.ts. */
  readonly normSums: ReadonlyMap<string, Tensor>;
  /**
   * One row only: neighbouring steps run in one dispatch, which saves a third of them. Not on software adapters, for
   * which the barriers that this needs cost more than the dispatches.
   */
  readonly fuses: boolean;
  /** Where it fuses. */
  readonly fixed: FixedActivations | undefined;
  /** Position and number of rows of a run; gpu/step.ts. */
  readonly step: Tensor;
  readonly activations: Activations;
  /** Scratch of attention over one row; see attention-partials.ts. */
  readonly partials: Tensor;
}

/** `model.layers.{index}.{name}` as a matrix, and as a vector. */
export interface LayerWeights {
  matrix(name: string): Matrix;
  vector(name: string): Tensor;
}

export function layerWeights({ weights }: LayerContext, index: number): LayerWeights {
  return {
    matrix: (name) => weights.matrix(`model.layers.${index}.${name}`),
    vector: (name) => weights.vector(`model.layers.${index}.${name}`),
  };
}

/**
 * Where a kernel leaves what a matrix is to be multiplied with: in fixed point where decode fuses and the matrix is 4-bit.
 *
 * @param producer the matrix whose product it is, if it is one: that too must be 4-bit.
 */
export function between(
  { activations, fixed }: LayerContext,
  name: Exclude<keyof FixedActivations, "residual">,
  consumer: Matrix,
  producer = consumer,
): Tensor {
  const isFixed = consumer.format === "int4" && producer.format === "int4";
  return (isFixed ? fixed : undefined)?.[name] ?? activations[name];
}

/** What belongs to a layer; its absence is a bug in the layer plan. */
export function lookup<K extends number | string, T>(byLayer: ReadonlyMap<K, T>, key: K): T {
  const found = byLayer.get(key);
  if (found === undefined) throw new RangeError(`Layer ${key} has none of these.`);
  return found;
}
