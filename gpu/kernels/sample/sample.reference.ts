/** The settings of sample.ts without the stop tokens. */
export interface ReferenceSettings {
  temperature: number;
  topK: number;
  topP: number;
  minP: number;
  seed: number;
}

/**
 * The distribution that a token is drawn from: probabilities (vocabSize) in f64, 0 for what the filters remove.
 * Tokens are ranked by logit, then by id; every filter keeps a beginning of that ranking: temperature 0 the first
 * token; top-k the first k; top-p the fewest that hold topP of what top-k left; min-p those at least minP as probable as
 * the first.
 */
export function distributionReference(
  logits: Float32Array,
  { temperature, topK, topP, minP }: ReferenceSettings,
): Float64Array {
  const ranking = Array.from(logits, (logit, id) => ({ logit, id })).sort((a, b) => b.logit - a.logit || a.id - b.id);
  const most = temperature === 0 ? 1 : topK === 0 ? ranking.length : topK;
  const top = ranking[0]?.logit ?? 0;
  let kept = ranking
    .slice(0, most)
    .map(({ logit, id }) => ({ id, weight: temperature === 0 ? 1 : Math.exp((logit - top) / temperature) }));
  if (topP < 1) kept = kept.slice(0, countHolding(kept, topP));
  kept = kept.filter(({ weight }) => weight >= minP);

  const sum = sumOf(kept);
  const probabilities = new Float64Array(logits.length);
  for (const { id, weight } of kept) probabilities[id] = weight / sum;
  return probabilities;
}

/** How many weights from the first on hold `share` of their sum; at least one. */
function countHolding(kept: readonly { weight: number }[], share: number): number {
  const enough = share * sumOf(kept);
  let held = 0;
  const crossing = kept.findIndex(({ weight }) => {
    held += weight;
    return held >= enough;
  });
  return crossing < 0 ? kept.length : crossing + 1;
}

const sumOf = (kept: readonly { weight: number }[]): number => kept.reduce((sum, { weight }) => sum + weight, 0);

/**
 * Log-probability plus Gumbel noise of each token (vocabSize), −∞ where removed. The token drawn is the one with the
 * highest score, which makes each token's chance its probability.
 */
export function scoresReference(logits: Float32Array, settings: ReferenceSettings, drawn: number): Float64Array {
  const probabilities = distributionReference(logits, settings);
  return probabilities.map((probability, id) => {
    const uniform = (hashReference(settings.seed, drawn, id) + 0.5) / 2 ** 32;
    return Math.log(probability) - Math.log(-Math.log1p(-uniform));
  });
}

/** 32 random bits for a token of a draw: the first word of pcg3d (Jarzynski and Olano 2020, JCGT 9(3)). */
export function hashReference(seed: number, drawn: number, id: number): number {
  let [x, y, z] = [scramble(seed), scramble(drawn), scramble(id)];
  x = (x + Math.imul(y, z)) | 0;
  y = (y + Math.imul(z, x)) | 0;
  z = (z + Math.imul(x, y)) | 0;
  x ^= x >>> 16;
  y ^= y >>> 16;
  z ^= z >>> 16;
  x = (x + Math.imul(y, z)) | 0;
  return x >>> 0;
}

const scramble = (word: number): number => (Math.imul(word, 1664525) + 1013904223) | 0;
