import type { Recording } from "@gpu/recording";
import type { Tensor } from "@gpu/tensor";
import { type LayerKind, layerPlan, memoryLayer } from "./layer-plan";
import { crossAttention, fillCache, fullAttention, slidingAttention } from "./layers/attention";
import { embed } from "./layers/embedding";
import { gmu } from "./layers/gmu";
import { type LayerContext, lookup } from "./layers/layer-context";
import { lmHead } from "./layers/lm-head";
import { mamba } from "./layers/mamba";
import { mlp } from "./layers/mlp";
import { narrow } from "./layers/narrow";
import { mixerNorm } from "./layers/norm";
import { readyForNorm } from "./layers/residual";
import type { SequenceState } from "./state/sequence-state";

/** A few dispatches with a name. After a layer's "mixer" and its "mlp" the residual stream is what the oracle records. */
export interface Stage {
  readonly label: string;
  readonly recording: Recording;
}

/** One token: ids → logits, every layer, continuing from the state. */
export function decodeStages(one: LayerContext, state: SequenceState, logits: Tensor): Stage[] {
  return [embedding(one), ...selfDecoder(one, state), ...crossDecoder(one, state, logits)];
}

/**
 * A chunk of tokens, or one, through the self-decoder, and the full layer's keys and values: all that later tokens need.
 */
export function prefillStages(context: LayerContext, state: SequenceState): Stage[] {
  const full = memoryLayer(context.config.numLayers) + 1;
  return [
    embedding(context),
    ...selfDecoder(context, state),
    {
      label: `layer ${full} cache`,
      recording: fillCache(context, full, state.full),
    },
  ];
}

/** After the last chunk of a prompt: the rest of the model for its last token alone. */
export function lastTokenStages(many: LayerContext, one: LayerContext, state: SequenceState, logits: Tensor): Stage[] {
  const next = mixerNorm(memoryLayer(one.config.numLayers) + 1);
  const narrowed = [...narrow(many, one), ...readyForNorm(one, next)];
  return [{ label: "narrow", recording: narrowed }, ...crossDecoder(one, state, logits)];
}

const embedding = (context: LayerContext): Stage => ({
  label: "embedding",
  recording: [...embed(context), ...readyForNorm(context, mixerNorm(0))],
});

/** Layers 0 … N/2: Mamba and sliding-window attention in turn; the last one publishes the GMU memory. */
function selfDecoder(context: LayerContext, state: SequenceState): Stage[] {
  return layers(context, state, 0, memoryLayer(context.config.numLayers) + 1);
}

/** Layers N/2 + 1 … N − 1: the full attention, then GMUs and cross attention in turn; then the LM head. */
function crossDecoder(context: LayerContext, state: SequenceState, logits: Tensor): Stage[] {
  const { numLayers } = context.config;
  return [
    ...layers(context, state, memoryLayer(numLayers) + 1, numLayers),
    { label: "lm head", recording: lmHead(context, logits) },
  ];
}

function layers(context: LayerContext, state: SequenceState, begin: number, end: number): Stage[] {
  const plan = layerPlan(context.config).slice(begin, end);
  return plan.flatMap((kind, offset) => {
    const index = begin + offset;
    return [
      { label: `layer ${index} mixer`, recording: mix(context, kind, index, state) },
      { label: `layer ${index} mlp`, recording: mlp(context, index) },
    ];
  });
}

function mix(context: LayerContext, kind: LayerKind, index: number, state: SequenceState): Recording {
  switch (kind) {
    case "mamba":
      return mamba(context, index, lookup(state.mamba, index), index === memoryLayer(context.config.numLayers));
    case "sliding":
      return slidingAttention(context, index, lookup(state.rings, index));
    case "full":
      return fullAttention(context, index, state.full);
    case "gmu":
      return gmu(context, index);
    case "cross":
      return crossAttention(context, index, state.full);
  }
}
