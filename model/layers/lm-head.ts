import type { Dispatch } from "@gpu/kernel";
import type { Tensor } from "@gpu/tensor";
import { EMBEDDING } from "./embedding";
import type { LayerContext } from "./layer-context";
import { linear } from "./linear";
import { norm } from "./norm";

/** logits (1, vocabSize) = embedding · LayerNorm(residual). */
export function lmHead(context: LayerContext, logits: Tensor): Dispatch[] {
  const weight = context.weights.matrix(EMBEDDING);
  return [
    norm(context, "model.final_layernorm"),
    ...linear(context, { weight, x: context.activations.normed, out: logits, epilogue: { kind: "store" } }),
  ];
}
