import type { Dispatch } from "@gpu/kernel";
import { type LayerContext, layerWeights } from "./layer-context";
import { linear } from "./linear";

/** residual += out_proj(SiLU(in_proj(normed)) ⊙ memory): the Gated Memory Unit. */
export function gmu(context: LayerContext, index: number): Dispatch[] {
  const { normed, residual, inner, memory } = context.activations;
  const { matrix } = layerWeights(context, index);
  return [
    ...linear(context, {
      weight: matrix("attn.in_proj.weight"),
      x: normed,
      out: inner,
      epilogue: { kind: "gate", gate: memory },
    }),
    ...linear(context, { weight: matrix("attn.out_proj.weight"), x: inner, out: residual, epilogue: { kind: "add" } }),
  ];
}
