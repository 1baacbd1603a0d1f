/** What the sampler is told at the start of a turn. */
export interface SampleParameters {
  /** 0: greedy. */
  readonly temperature: number;
  /** Tokens that may be drawn; 0: all. */
  readonly topK: number;
  /** The share of the mass that the tokens kept hold at least; 1: all. */
  readonly topP: number;
  /** The least probability of a token kept, relative to the most probable; 0: any. */
  readonly minP: number;
  /** A 32-bit unsigned integer. */
  readonly seed: number;
  /** Tokens that end the sequence. */
  readonly stopIds: readonly number[];
}

export const MAX_STOP_IDS = 8;

/** 32-bit words of the struct Parameters in sample.wgsl. */
export const SAMPLE_PARAMETER_WORDS = 16;

const FIRST_STOP_WORD = 8;
/** Differences of logits are rounded to about this much, so that less is as good as 0. */
const LEAST_TEMPERATURE = 1e-6;
/** Keeps the inverse a normal f32. Here all tokens are equally probable long since. */
const MOST_TEMPERATURE = 1e30;
/** `lowest` in sample.wgsl: below the logarithm of any probability. */
const LOWEST = -3e38;
/** `none` in sample.wgsl. */
const NONE = 0xffffffff;

/**
 * The words (SAMPLE_PARAMETER_WORDS) that sample.wgsl reads.
 *
 * @throws RangeError when there are more than MAX_STOP_IDS stop tokens.
 */
export function packSampleParameters(parameters: SampleParameters): Uint32Array<ArrayBuffer> {
  const { temperature, topK, topP, minP, seed, stopIds } = parameters;
  if (stopIds.length > MAX_STOP_IDS) {
    throw new RangeError(`There are ${stopIds.length} stop tokens; the sampler knows at most ${MAX_STOP_IDS}.`);
  }
  const words = new Uint32Array(SAMPLE_PARAMETER_WORDS);
  const floats = new Float32Array(words.buffer);
  const greedy = temperature < LEAST_TEMPERATURE;
  floats[0] = greedy ? 1 : 1 / Math.min(temperature, MOST_TEMPERATURE);
  words[1] = greedy ? 1 : 0;
  words[2] = greedy || topK === 0 ? NONE : Math.min(topK, NONE);
  floats[3] = greedy ? 1 : topP;
  floats[4] = greedy || minP === 0 ? LOWEST : Math.log(minP);
  words[5] = seed;
  words[6] = stopIds.length;
  words.set(stopIds, FIRST_STOP_WORD);
  return words;
}
