/** How tokens are chosen. The filters apply in this order, each to what the one before left: topK, topP, minP. */
export interface SamplingSettings {
  /** Logits are divided by it. 0: greedy, the most probable token always; then the rest does not matter. */
  readonly temperature: number;
  /** Tokens that may be drawn, the most probable first. 0: all. */
  readonly topK: number;
  /** Only the most probable tokens that together reach this probability may be drawn. In (0, 1]; 1: all. */
  readonly topP: number;
  /** Least probability of a token that may be drawn, relative to the most probable. In [0, 1]; 0: any. */
  readonly minP: number;
  /** A 32-bit unsigned integer. The same seed and the same tokens before give the same tokens. */
  readonly seed: number;
}

/** Settings that no token can be chosen by. The message names the setting and what it may be. */
export class SamplingError extends Error {
  override readonly name = "SamplingError";
}

/** The most probable token, always. */
export const GREEDY: SamplingSettings = { temperature: 0, topK: 0, topP: 1, minP: 0, seed: 0 };

const MAX_SEED = 2 ** 32 - 1;

/** @throws SamplingError for the first setting that is out of its range. */
export function assertSampling({ temperature, topK, topP, minP, seed }: SamplingSettings): void {
  expect("temperature", temperature, Number.isFinite(temperature) && temperature >= 0, "0 (greedy) or more");
  expect("topK", topK, Number.isSafeInteger(topK) && topK >= 0, "a whole number, or 0 for all tokens");
  expect("topP", topP, topP > 0 && topP <= 1, "more than 0 and at most 1");
  expect("minP", minP, minP >= 0 && minP <= 1, "from 0 to 1");
  expect("seed", seed, Number.isInteger(seed) && seed >= 0 && seed <= MAX_SEED, `a whole number from 0 to ${MAX_SEED}`);
}

function expect(name: string, value: number, isAllowed: boolean, expected: string): void {
  if (!isAllowed) throw new SamplingError(`The sampling setting ${name} is ${value}; it must be ${expected}.`);
}
