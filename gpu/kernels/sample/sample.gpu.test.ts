import { expect, test } from "vitest";
import { checked, submit } from "../../recording";
import { createTensor } from "../../tensor";
import { openTestGpu, randomValues, stepOf } from "../../testing/harness";
import { packSampleParameters, SAMPLE_PARAMETER_WORDS } from "./parameters";
import { createSampleScratch, destroySampleScratch, sample } from "./sample";
import {
  CAPACITY,
  drawMany,
  drawTokens,
  expectFrequencies,
  readWords,
  testSampler,
  UNFILTERED,
} from "./sample.fixture";
import { distributionReference } from "./sample.reference";

const argmax = (logits: Float32Array): number =>
  logits.reduce((best, logit, id) => (logit > (logits[best] ?? 0) ? id : best), 0);

test.each([1, 320, 1024, 2500, 200_064])("greedy is argmax for %i logits", async (vocabSize) => {
  const logits = randomValues(vocabSize, 1, 20);
  const [token] = await drawTokens(await openTestGpu(), logits, { temperature: 0, topP: 0.9, topK: 7 }, 1);
  expect(token).toBe(argmax(logits));
});

test.each([
  [5, 9],
  [5, 700],
  [700, 2047],
  [1023, 1024],
])("greedy prefers the lower of ids %i and %i", async (a, b) => {
  const logits = randomValues(2500, 2, 9);
  logits[a] = logits[b] = 9.5;
  expect(await drawTokens(await openTestGpu(), logits, { temperature: 0 }, 1)).toEqual([a]);
});

test.each([{ topK: 1 }, { topP: 1e-9 }, { minP: 1 }, { temperature: 1e-9 }])(
  "leaves only the most probable token with %o",
  async (parameters) => {
    const logits = randomValues(2500, 3);
    const tokens = await drawTokens(await openTestGpu(), logits, parameters, 10);
    expect(tokens).toEqual(new Array(10).fill(argmax(logits)));
  },
);

test.each([
  { name: "top-p", parameters: { topP: 25.5 / 320 } },
  { name: "top-k", parameters: { topK: 26 } },
])("cuts equal logits with $name at the lowest ids", async ({ parameters }) => {
  const logits = new Float32Array(320).fill(-3.25);
  const tokens = await drawMany(await openTestGpu(), logits, parameters, 1000);
  expectFrequencies(tokens, distributionReference(logits, { ...UNFILTERED, ...parameters }));
  expect(Math.max(...tokens)).toBe(25);
});

test("keeps everything when top-k exceeds the vocabulary", async () => {
  const logits = new Float32Array(320).fill(1);
  const tokens = await drawMany(await openTestGpu(), logits, { topK: 1000 }, 1500);
  expect(new Set(tokens).size).toBeGreaterThan(310);
});

test.each([1e4, -1e4, 1e-40])("bears logits of size %f", async (size) => {
  const logits = new Float32Array(320).fill(-size);
  logits.set([size, -size, 0, -0, size, 2 * size], 100);
  for (const parameters of [{}, { topP: 0.99 }, { topK: 3 }, { temperature: 0.01, minP: 0.01 }]) {
    const tokens = await drawTokens(await openTestGpu(), logits, parameters, 30);
    const probabilities = distributionReference(logits, { ...UNFILTERED, ...parameters });
    if (Math.abs(size) > 1) expectFrequencies(tokens, probabilities);
    expect(Math.max(...tokens)).toBeLessThan(logits.length);
  }
});

test("cuts a flat vocabulary of 200,064 where the reference does", async () => {
  const logits = new Float32Array(200_064).fill(0.5);
  const tokens = await drawMany(await openTestGpu(), logits, { topP: 0.25, topK: 100_000 }, 8);
  // All kept are equally probable: eight draws from the first 25,000, not all from a small part of them.
  expect(Math.max(...tokens)).toBeLessThan(25_000);
  expect(Math.max(...tokens)).toBeGreaterThan(12_500);
  expect(new Set(tokens).size).toBe(8);
});

test.each([
  { device: "a software adapter", isFallback: true, vocabSize: 200_064 },
  // A software adapter takes long to begin so many threads.
  { device: "a card", isFallback: false, vocabSize: 16_384 },
])("draws from a peaked vocabulary of $vocabSize as on $device", async ({ isFallback, vocabSize }) => {
  const gpu = await openTestGpu();
  const logits = randomValues(vocabSize, 4, 3);
  for (const [rank, id] of [vocabSize - 65, 3, 7777, 1024, 15_000].entries()) logits[id] = 20 - 0.5 * rank;
  const parameters = { temperature: 0.6, topP: 0.95 };
  const tokens = await drawMany({ ...gpu, adapter: { ...gpu.adapter, isFallback } }, logits, parameters, 200);
  expectFrequencies(tokens, distributionReference(logits, { ...UNFILTERED, ...parameters }));
});

test("writes the token where it is read next and advances the step, up to a stop token", async () => {
  const gpu = await openTestGpu();
  const logits = randomValues(320, 7, 1);
  const parameters = { seed: 9 };
  const sequence = await drawTokens(gpu, logits, parameters, 20);
  const stop = sequence.findIndex((token, i) => i > 4 && sequence.indexOf(token) === i);
  const stopIds = [60_000, 60_001, 60_002, 60_003, 60_004, sequence[stop] ?? -1];

  const options = { capacity: 4, step: { position: 100 } };
  const { recording, step, ids, emitted } = testSampler(gpu, logits, { ...parameters, stopIds }, options);
  await checked(gpu, "run", () => submit(gpu, recording, 1, { repeat: 20 }));

  const written = stop + 1;
  expect(await readWords(gpu, step)).toEqual([100 + written, 1, 1, written]);
  expect(await readWords(gpu, ids)).toEqual([sequence[stop], 0, 0]);
  const ring = [0, 1, 2, 3].map((slot) => sequence.slice(0, written).findLast((_, i) => i % 4 === slot));
  expect(await readWords(gpu, emitted)).toEqual(ring);
});

test("changes nothing once done", async () => {
  const gpu = await openTestGpu();
  const { recording, step, ids, emitted } = testSampler(
    gpu,
    randomValues(320, 8),
    {},
    { capacity: CAPACITY, step: { done: 1, drawn: 3 } },
  );
  await checked(gpu, "run", () => submit(gpu, recording, 1, { repeat: 2 }));
  expect(await readWords(gpu, step)).toEqual([0, 1, 1, 3]);
  expect(await readWords(gpu, ids)).toEqual([0, 0, 0]);
  expect(await readWords(gpu, emitted)).toEqual(new Array(CAPACITY).fill(0));
});

test("names what has the wrong shape, and counts the stop tokens", async () => {
  const gpu = await openTestGpu();
  const words = (label: string, size: number) => createTensor(gpu, label, [size], "u32");
  const scratch = createSampleScratch(gpu, 64);
  const tensors = {
    logits: createTensor(gpu, "logits", [1, 64]),
    parameters: words("parameters", SAMPLE_PARAMETER_WORDS),
    step: stepOf(gpu),
    ids: words("ids", 1),
    emitted: words("emitted", 1),
    scratch,
  };
  const wrong = { ...tensors, logits: createTensor(gpu, "logits", [1, 65]) };
  expect(() => sample(gpu, wrong)).toThrow("scratch.list has shape (64, 3), expected (65, 3)");
  expect(() => sample(gpu, { ...tensors, step: words("step", 5) })).toThrow("step has shape (5), expected (4)");
  expect(() => packSampleParameters({ ...UNFILTERED, stopIds: new Array(9).fill(0) })).toThrow("9 stop tokens");
  destroySampleScratch(scratch);
});
