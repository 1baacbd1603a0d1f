import { type DifferentialAttentionCase, differentialAttentionReference } from "../../differential-attention.reference";

/** The plain statement of what attention-window.wgsl computes, (tokens, heads * headDim). */
export const attentionWindowReference = (given: DifferentialAttentionCase): Float32Array =>
  differentialAttentionReference(given);
