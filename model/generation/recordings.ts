import type { Recording } from "@gpu/recording";
import { createPartials } from "../layers/attention-partials";
import type { LayerContext } from "../layers/layer-context";
import { type SamplerBuffers, sampler } from "../layers/sampler";
import { decodeStages, lastTokenStages, prefillStages, type Stage } from "../model";
import type { SequenceState } from "../state/sequence-state";

/** Everything a session ever submits. Built once, and again only when the full cache has grown. */
export interface Recordings {
  /** A chunk of a prompt. */
  readonly prefill: Recording;
  /** After a prompt's last chunk: its last token's logits, and the first token of the reply. */
  readonly firstToken: Recording;
  /** One more token: id → logits → id. */
  readonly nextToken: Recording;
  /** Frees the scratch that belongs to these recordings alone. */
  destroy(): void;
}

export function buildRecordings(
  many: Omit<LayerContext, "partials">,
  one: Omit<LayerContext, "partials">,
  state: SequenceState,
  buffers: SamplerBuffers,
): Recordings {
  const partials = createPartials(one.gpu, one.config, state.full.capacity);
  const chunk = { ...many, partials };
  const single = { ...one, partials };
  const draw = sampler(one.gpu, buffers);
  return {
    prefill: flat(prefillStages(chunk, state)),
    firstToken: [...flat(lastTokenStages(chunk, single, state, buffers.logits)), ...draw],
    nextToken: [...flat(decodeStages(single, state, buffers.logits)), ...draw],
    destroy: () => partials.buffer.destroy(),
  };
}

const flat = (stages: readonly Stage[]): Recording => stages.flatMap(({ recording }) => recording);
