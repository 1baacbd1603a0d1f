import type { Dispatch } from "@gpu/kernel";
import { between, type LayerContext, layerWeights } from "./layer-context";
import { mixerNorm, mlpNorm, normedLinear } from "./norm";
import { addToResidual } from "./residual";

/** residual += out_proj(SiLU(in_proj(LayerNorm(residual))) ⊙ memory): the Gated Memory Unit. */
export function gmu(context: LayerContext, index: number): Dispatch[] {
  const { memory } = context.activations;
  const { matrix } = layerWeights(context, index);
  const [inProj, outProj] = [matrix("attn.in_proj.weight"), matrix("attn.out_proj.weight")];
  const inner = between(context, "inner", outProj, inProj);
  const gated = {
    weight: inProj,
    out: inner,
    epilogue: { kind: "gate" as const, gate: memory },
  };
  return [
    ...normedLinear(context, mixerNorm(index), gated),
    ...addToResidual(context, { weight: outProj, x: inner }, mlpNorm(index)),
  ];
}
