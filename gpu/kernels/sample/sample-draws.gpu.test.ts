import { expect, test } from "vitest";
import { openTestGpu, randomValues } from "../../testing/harness";
import type { SampleParameters } from "./parameters";
import { CAPACITY, drawMany, drawTokens, expectFrequencies, shuffledLogits, UNFILTERED } from "./sample.fixture";
import { distributionReference, scoresReference } from "./sample.reference";

test.each<Partial<SampleParameters>>([{ temperature: 0.6 }, { topK: 5 }, { topP: 0.8 }, { minP: 0.2 }])(
  "draws as often as the reference says with %o",
  async (parameters) => {
    const logits = shuffledLogits(320, 0.15);
    const tokens = await drawMany(await openTestGpu(), logits, parameters, CAPACITY);
    expectFrequencies(tokens, distributionReference(logits, { ...UNFILTERED, ...parameters }));
  },
);

test.each<Partial<SampleParameters>>([
  { temperature: 1.5, topK: 20, topP: 0.9, minP: 0.1, seed: 77 },
  { topK: 3, topP: 0.7 }, // topP of what topK left, not of everything
  { topP: 0.9, minP: 0.3 },
  { topK: 3, minP: 0.5 },
])("filters in the order of top-k, top-p, min-p with %o", async (parameters) => {
  const logits = shuffledLogits(320, 0.4);
  const tokens = await drawMany(await openTestGpu(), logits, parameters, 4000);
  const probabilities = distributionReference(logits, { ...UNFILTERED, ...parameters });
  expectFrequencies(tokens, probabilities);
  expect(new Set(tokens).size).toBe(probabilities.filter((p) => p > 0).length);
});

// Scores are f32 and end up between -20 and 25, after a log whose error is 2^-21 absolute at least: a token that the
// GPU prefers can be behind in f64 by about 1e-5, and more where the noise is lowest.
const SCORE_TOLERANCE = 1e-4;

test.each<Partial<SampleParameters>>([
  { temperature: 0.8 },
  { temperature: 0.8, topP: 0.95, seed: 4_000_000_000 },
  { topK: 50, topP: 0.9 },
  { topK: 2 }, // fewer than blocks: the list begins at the second largest of the blocks' largest
  { topK: 2400 },
  { minP: 0.01 },
])("draws the reference's token of 2,500 in three blocks with %o", async (parameters) => {
  const logits = randomValues(2500, 5, 6);
  const settings = { ...UNFILTERED, ...parameters };
  const tokens = await drawTokens(await openTestGpu(), logits, parameters, 40);
  for (const [drawn, token] of tokens.entries()) {
    const scores = scoresReference(logits, settings, drawn);
    expect(scores[token] ?? Number.NaN).toBeGreaterThan(Math.max(...scores) - SCORE_TOLERANCE);
  }
});

test("the same seed gives the same tokens, another seed others", async () => {
  const gpu = await openTestGpu();
  const logits = randomValues(1024, 6);
  const parameters = { topP: 0.9, seed: 5 };
  const first = await drawTokens(gpu, logits, parameters, 50);
  expect(await drawTokens(gpu, logits, parameters, 50)).toEqual(first);
  expect(await drawTokens(gpu, logits, { ...parameters, seed: 6 }, 50)).not.toEqual(first);
  expect(new Set(first).size).toBeGreaterThan(20);
});
