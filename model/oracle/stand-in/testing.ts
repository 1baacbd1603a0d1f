import { tensorPlan } from "@model/tensor-plan";
import type { Patience } from "@model/weights/persistent-fetch";
import micro from "../fixtures/micro/config.json";
import { formulaRepository } from "./repository";
import { type StandIn, type StandInOptions, startStandIn } from "./server";

/** config.json of the micro model. */
export const MICRO: Record<string, unknown> = micro;

/** A model of every kind of layer and next to no weights, with room for the byte tokenizer. */
export const NANO: Record<string, unknown> = {
  ...micro,
  vocab_size: 288,
  hidden_size: 64,
  intermediate_size: 64,
  num_hidden_layers: 4,
  num_attention_heads: 2,
  num_key_value_heads: 2,
  mamba_dt_rank: 4,
};

export const PLAN = tensorPlan;

/** So that a test of seven tries takes no minute. */
export const IMPATIENT: Patience = { tries: 4, firstPauseMs: 1, stallMs: 300 };

/** Serves a model in two shards. */
export function serveFormula(config: Record<string, unknown>, options: Partial<StandInOptions> = {}): Promise<StandIn> {
  return startStandIn({ files: formulaRepository(config, 2), ...options });
}
