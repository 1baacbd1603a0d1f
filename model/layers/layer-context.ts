import type { Gpu } from "@gpu/device";
import type { Matrix } from "@gpu/matrix";
import type { Tensor } from "@gpu/tensor";
import type { ModelConfig } from "../config";
import type { Weights } from "../weights/weights";
import type { Activations } from "./activations";

/** What every layer is built from: one of these for decode (one row), one for prefill (a chunk of rows). */
export interface LayerContext {
  readonly gpu: Gpu;
  readonly config: ModelConfig;
  readonly weights: Weights;
  /** (4, headDim) λ vectors of each attention layer, by layer index; see lambdas.ts. */
  readonly lambdas: ReadonlyMap<number, Tensor>;
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

/** What belongs to a layer; its absence is a bug in the layer plan. */
export function lookup<T>(byLayer: ReadonlyMap<number, T>, index: number): T {
  const found = byLayer.get(index);
  if (found === undefined) throw new RangeError(`Layer ${index} has none of these.`);
  return found;
}
