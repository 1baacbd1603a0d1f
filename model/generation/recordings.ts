import type { Recording } from "@gpu/recording";
import type { Contexts } from "../layers/contexts";
import { type SamplerBuffers, sampler } from "../layers/sampler";
import { decodeStages, lastTokenStages, prefillStages, type Stage } from "../model";
import type { SequenceState } from "../state/sequence-state";

/** Everything a session ever submits. Built once, and again only when the full cache has grown. */
export interface Recordings {
  /** A chunk of a prompt. */
  readonly prefill: Recording;
  /** A token of a prompt. Empty where decode is not fused: there a chunk of one is as quick. */
  readonly prefillOne: Recording;
  /** After a prompt's last chunk: its last token's logits, and the first token of the reply. */
  readonly firstToken: Recording;
  /** One more token: id → logits → id. */
  readonly nextToken: Recording;
}

export function buildRecordings({ many, one }: Contexts, state: SequenceState, buffers: SamplerBuffers): Recordings {
  const draw = sampler(one, buffers);
  return {
    prefill: flat(prefillStages(many, state)),
    prefillOne: one.fuses ? flat(prefillStages(one, state)) : [],
    firstToken: [...flat(lastTokenStages(many, one, state, buffers.logits)), ...draw],
    nextToken: [...flat(decodeStages(one, state, buffers.logits)), ...draw],
  };
}

const flat = (stages: readonly Stage[]): Recording => stages.flatMap(({ recording }) => recording);
