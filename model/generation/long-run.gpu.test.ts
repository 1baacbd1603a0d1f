import { type Gpu, openGpu } from "@gpu/device";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseConfig } from "../config";
import { shippedFormat } from "../cost";
import { memoryNeed } from "../device-report";
import { type ByteCount, countBytes } from "../oracle/count-bytes";
import microConfig from "../oracle/fixtures/micro/config.json";
import { formulaWeights } from "../oracle/synthetic-weights";
import type { Weights } from "../weights/weights";
import { openSession } from "./open-session";
import { GREEDY } from "./sampling";

/** Half as wide and half as deep as micro, since a token in software is paid by the dispatch. */
const config = parseConfig({
  ...microConfig,
  ...{ num_hidden_layers: 4, hidden_size: 128, intermediate_size: 128, num_attention_heads: 2, vocab_size: 64 },
});
const PROMPT = [11, 21, 45, 3];
const CONTEXT = 1024;
const FIRST_CAPACITY = 16;
/** Reports, in which the buffers for read-backs are made. */
const SETTLED_AFTER = 4;
const SAMPLING = { ...GREEDY, temperature: 1, seed: 7 };

let gpu: Gpu;
let bytes: ByteCount;
let weights: Weights;

beforeAll(async () => {
  gpu = await openGpu();
  bytes = countBytes(gpu.device);
  weights = formulaWeights(gpu, config, "int4");
});
afterAll(() => {
  weights.destroy();
  gpu.device.destroy();
});

/** A reply that fills the context, and what was allocated at each report. */
async function fill(initialCapacity: number) {
  const options = { contextLength: CONTEXT, chunk: 8, initialCapacity, tokensPerSubmit: 8 };
  bytes.reset();
  const session = await openSession(gpu, config, weights, options);
  const ids: number[] = [];
  const samples: { tokens: number; capacity: number; live: number; buffers: number }[] = [];
  const turn = { ids: PROMPT, sampling: SAMPLING, stopIds: [], maxTokens: CONTEXT };
  for await (const written of session.generate(turn)) {
    ids.push(...written);
    const { live, buffers } = bytes;
    samples.push({ tokens: ids.length, capacity: session.runner.state.full.capacity, live, buffers });
  }
  session.destroy();
  return { ids, samples, peak: bytes.peak };
}

test("a context filled over six steps of the full cache: the same text, and memory as planned", async () => {
  const { weightBytes, totalBytes } = memoryNeed(config, CONTEXT, shippedFormat);
  const whole = await fill(CONTEXT);
  const left = bytes.buffers;
  const grown = await fill(FIRST_CAPACITY);
  expect(new Set(whole.ids).size).toBeGreaterThan(config.vocabSize / 2);
  expect(grown.ids).toEqual(whole.ids);

  const capacities = [...new Set(grown.samples.map(({ capacity }) => capacity))];
  expect(capacities).toEqual([16, 32, 64, 128, 256, 512, 1024]);
  expect(bytes.buffers, "buffers that a session leaves behind").toBe(left);
  // Steps and read-backs are a few hundred bytes.
  expect(grown.peak - bytes.live + weightBytes).toBeLessThan(totalBytes + 2048);

  // The cache takes the place of a smaller one: what was settled after the first reports stays so over every step.
  const settled = grown.samples.slice(SETTLED_AFTER);
  expect(settled[0]?.capacity).toBeLessThan(CONTEXT / 8);
  expect(new Set(settled.map(({ buffers }) => buffers)).size).toBe(1);
  expect(settled.at(-1)?.live).toBe(whole.samples.at(-1)?.live);
}, 300_000);
