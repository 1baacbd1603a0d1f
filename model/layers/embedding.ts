import type { Dispatch } from "@gpu/kernel";
import { embedding } from "@gpu/kernels/embedding/embedding";
import type { LayerContext } from "./layer-context";

/** The embedding, to which the LM head is tied. */
export const EMBEDDING = "model.embed_tokens.weight";

/** residual = the embedding's rows for ids. */
export function embed({ gpu, weights, step, activations }: LayerContext): Dispatch[] {
  return embedding(gpu, { step, ids: activations.ids, table: weights.matrix(EMBEDDING), out: activations.residual });
}
