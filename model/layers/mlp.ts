import type { Dispatch } from "@gpu/kernel";
import { type LayerContext, layerWeights } from "./layer-context";
import { linear } from "./linear";
import { mlpNorm, normedLinear } from "./norm";

/** residual += fc2(SiLU(gate) ⊙ up), [gate | up] = fc1(LayerNorm(residual)). */
export function mlp(context: LayerContext, index: number): Dispatch[] {
  const { residual, mlp: hidden } = context.activations;
  const { matrix } = layerWeights(context, index);
  const gated = { weight: matrix("mlp.fc1.weight"), out: hidden, epilogue: { kind: "swiglu" as const } };
  return [
    ...normedLinear(context, mlpNorm(index), gated),
    ...linear(context, { weight: matrix("mlp.fc2.weight"), x: hidden, out: residual, epilogue: { kind: "add" } }),
  ];
}
