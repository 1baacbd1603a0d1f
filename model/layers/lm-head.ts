import type { Dispatch } from "@gpu/kernel";
import type { Tensor } from "@gpu/tensor";
import { EMBEDDING } from "./embedding";
import type { LayerContext } from "./layer-context";
import { FINAL_NORM, normedLinear } from "./norm";

/** logits (1, vocabSize) = embedding · LayerNorm(residual). */
export function lmHead(context: LayerContext, logits: Tensor): Dispatch[] {
  const weight = context.weights.matrix(EMBEDDING);
  return normedLinear(context, FINAL_NORM, { weight, out: logits, epilogue: { kind: "store" } });
}
