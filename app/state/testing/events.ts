import type { Failure, FailureName, ModelFacts, TurnProgress } from "../../engine/protocol";

/** A turn's progress for tests. */
export const progressOf = (values: Partial<TurnProgress> = {}): TurnProgress => ({
  tokens: 0,
  reasoningTokens: 0,
  promptTokens: 12,
  elapsedMs: 0,
  reasoningMs: 0,
  tokensPerSecond: 0,
  contextUsed: 12,
  contextLength: 2048,
  ...values,
});

/** A failure for tests. */
export const failureOf = (name: FailureName, canRetry = true): Failure => ({ name, message: `${name}.`, canRetry });

/** A model's facts for tests. */
export const MODEL: ModelFacts = {
  id: "tiny",
  name: "tiny",
  description: "A tiny arithmetic model.",
  parameters: 19_523_328,
  storedBytes: 11_000_000,
  contextLength: 2048,
  longestContext: 262_144,
  contextBytes: 4_700_000,
  adapter: "a test",
  isSoftwareAdapter: true,
  defaults: {
    ...{ temperature: 0.6, topP: 0.95, topK: 0, minP: 0, seed: 0, maxTokens: 1024 },
    ...{ system: "", thinkingBudget: null, dropsReasoning: true },
  },
  fetchedBytes: 0,
};
