/** The plain statement of what attention-window.wgsl computes. */
export { differentialAttentionReference as attentionWindowReference } from "../../differential-attention.reference";
