import { type AttentionWindowCase, attentionWindowReference } from "../attention-window/attention-window.reference";

/** The plain statement of what attention-row.wgsl computes, (heads * headDim): attention over a window, for one row. */
export const attentionRowReference = (given: Omit<AttentionWindowCase, "tokens">): Float32Array =>
  attentionWindowReference({ ...given, tokens: 1 });
