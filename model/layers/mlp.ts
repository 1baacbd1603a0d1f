import type { Dispatch } from "@gpu/kernel";
import { type LayerContext, layerWeights } from "./layer-context";
import { linear } from "./linear";
import { norm } from "./norm";

/** residual += fc2(SiLU(gate) ⊙ up), [gate | up] = fc1(LayerNorm(residual)). */
export function mlp(context: LayerContext, index: number): Dispatch[] {
  const { normed, residual, mlp: hidden } = context.activations;
  const { matrix } = layerWeights(context, index);
  return [
    norm(context, `model.layers.${index}.post_attention_layernorm`),
    ...linear(context, { weight: matrix("mlp.fc1.weight"), x: normed, out: hidden, epilogue: { kind: "swiglu" } }),
    ...linear(context, { weight: matrix("mlp.fc2.weight"), x: hidden, out: residual, epilogue: { kind: "add" } }),
  ];
}
