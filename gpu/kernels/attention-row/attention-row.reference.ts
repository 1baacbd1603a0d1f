import { type DifferentialAttentionCase, differentialAttentionReference } from "../../differential-attention.reference";

/** The plain statement of what attention-row.wgsl computes, (heads * headDim): attention over a window, for one row. */
export const attentionRowReference = (given: Omit<DifferentialAttentionCase, "tokens">): Float32Array =>
  differentialAttentionReference({ ...given, tokens: 1 });
