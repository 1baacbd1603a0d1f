import type { Dispatch } from "@gpu/kernel";
import { type LayerContext, layerWeights } from "./layer-context";
import { linear } from "./linear";
import { mixerNorm, normedLinear } from "./norm";

/** residual += out_proj(SiLU(in_proj(LayerNorm(residual))) ⊙ memory): the Gated Memory Unit. */
export function gmu(context: LayerContext, index: number): Dispatch[] {
  const { residual, inner, memory } = context.activations;
  const { matrix } = layerWeights(context, index);
  const gated = {
    weight: matrix("attn.in_proj.weight"),
    out: inner,
    epilogue: { kind: "gate" as const, gate: memory },
  };
  return [
    ...normedLinear(context, mixerNorm(index), gated),
    ...linear(context, { weight: matrix("attn.out_proj.weight"), x: inner, out: residual, epilogue: { kind: "add" } }),
  ];
}
