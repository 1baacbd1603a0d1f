/** What a checkpoint's generation_config.json says about writing. */
export interface GenerationConfig {
  /** Token ids that end a reply; at least one, each once. */
  readonly stopIds: readonly number[];
  /** 0: greedy. */
  readonly temperature: number;
  /** In (0, 1]; 1: off. */
  readonly topP: number;
  /** 0: off. */
  readonly topK: number;
  /** In [0, 1]; 0: off. */
  readonly minP: number;
}

/** A `generation_config.json` that says something impossible. The message names the entry. */
export class GenerationConfigError extends Error {
  override readonly name = "GenerationConfigError";
}

/**
 * Reads generation_config.json as Hugging Face writes it. Entries that are missing or null leave their filter off.
 * Without `do_sample`, a temperature means sampling and no temperature means greedy.
 *
 * @throws GenerationConfigError when no end-of-reply token is named (the model would never stop) or an entry is out of
 * its range.
 */
export function parseGenerationConfig(json: unknown): GenerationConfig {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new GenerationConfigError("generation_config.json is not an object.");
  }
  const entries = json as Record<string, unknown>;
  const doSample = entries.do_sample ?? typeof entries.temperature === "number";
  if (typeof doSample !== "boolean") throw unexpected("do_sample", doSample, "true or false");
  const temperature = number(entries, "temperature", 1, (value) => value >= 0, "0 or more");
  return {
    stopIds: stopIds(entries.eos_token_id),
    temperature: doSample ? temperature : 0,
    topP: number(entries, "top_p", 1, (value) => value > 0 && value <= 1, "more than 0 and at most 1"),
    topK: number(entries, "top_k", 0, isWhole, "a whole number"),
    minP: number(entries, "min_p", 0, (value) => value >= 0 && value <= 1, "from 0 to 1"),
  };
}

function stopIds(entry: unknown): number[] {
  const ids: unknown[] = Array.isArray(entry) ? entry : [entry];
  if (ids.length === 0 || !ids.every((id): id is number => typeof id === "number" && isWhole(id))) {
    throw unexpected("eos_token_id", entry, "a token id or a list of them");
  }
  return [...new Set(ids)];
}

function number(
  entries: Record<string, unknown>,
  key: string,
  fallback: number,
  isAllowed: (value: number) => boolean,
  expected: string,
): number {
  const value = entries[key] ?? fallback;
  if (typeof value !== "number" || !Number.isFinite(value) || !isAllowed(value)) throw unexpected(key, value, expected);
  return value;
}

function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function unexpected(key: string, value: unknown, expected: string): GenerationConfigError {
  return new GenerationConfigError(`generation_config.json: ${key} is ${JSON.stringify(value)}, expected ${expected}.`);
}
