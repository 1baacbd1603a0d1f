import { checked } from "@gpu/recording";
import { openTestGpu } from "@gpu/testing/harness";
import { relativeL2 } from "@gpu/testing/relative-l2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ModelConfig, parseConfig } from "../config";
import { decodeStages } from "../model";
import type { Weights } from "../weights/weights";
import microConfig from "./fixtures/micro/config.json";
import microGolden from "./fixtures/micro/golden.safetensors?url";
import pairsConfig from "./fixtures/pairs/config.json";
import pairsGolden from "./fixtures/pairs/golden.safetensors?url";
import { type Golden, readGolden } from "./golden";
import { readCache } from "./read-cache";
import { formulaWeights } from "./synthetic-weights";
import { closeRig, openRig, type Rig, traceDecode, tracePrefill } from "./trace";

/** As with an f16 cache; see golden.gpu.test.ts. */
const TOLERANCE = 2e-3;

/** What 8 bits add to a value at most, of the largest of the 64 in its head: half a scale, rounded up to f16. */
const HALF_STEP = (1 + 2 ** -10) / 254;

/**
 * What that adds to logits. A key or value of 64 differs by 64 independent errors, evenly spread over a step: together
 * HALF_STEP / √3 of the head's largest value, which is about 3 times the root of its mean square. Attention mixes such
 * values and by weights from such keys; what it adds to the residual stream is off by no more than both, and only the
 * full and the cross layers read this cache.
 */
const LOGITS_TOLERANCE = TOLERANCE + (2 * 3 * HALF_STEP) / Math.sqrt(3);

describe.each([
  { name: "micro", config: microConfig, url: microGolden },
  { name: "pairs", config: pairsConfig, url: pairsGolden },
])("$name with a full cache of 8 bits", ({ config: json, url }) => {
  const config = parseConfig(json);
  let golden: Golden;
  let weights: Weights;
  let ids: number[];

  beforeAll(async () => {
    golden = readGolden(await (await fetch(url)).arrayBuffer());
    weights = formulaWeights(await openTestGpu(), config);
    const [tokens = 0] = golden.shape("logits");
    ids = Array.from({ length: tokens }, (_, i) => (7 * i * i + 3 * i + 11) % config.vocabSize);
  });
  afterAll(() => weights.destroy());

  async function withRig<T>(room: number, trace: (rig: Rig) => Promise<T>): Promise<T> {
    const gpu = await openTestGpu();
    const rig = openRig(gpu, config, weights, room, ids.length, undefined, "int8");
    try {
      const result = await checked(gpu, "trace", () => trace(rig));
      await expectCache(rig, golden, ids.length);
      return result;
    } finally {
      closeRig(rig);
    }
  }

  test("decode: all logits, the cache", async () => {
    const { logits } = await withRig(1, (rig) => traceDecode(rig, ids));
    const expected = golden.values("logits");
    for (let begin = 0; begin < expected.length; begin += config.vocabSize) {
      const row = (values: Float32Array) => values.subarray(begin, begin + config.vocabSize);
      expect(relativeL2(row(logits), row(expected))).toBeLessThanOrEqual(LOGITS_TOLERANCE);
    }
  });

  test("prefill in chunks of 16: the last logits, the cache", async () => {
    const { logits } = await withRig(16, (rig) => tracePrefill(rig, ids, 16));
    const expected = golden.values("logits").slice(-config.vocabSize);
    expect(relativeL2(logits, expected)).toBeLessThanOrEqual(LOGITS_TOLERANCE);
  });
});

/** Each head's keys and values are within half a step of the oracle's, beside what an f16 cache is off by. */
async function expectCache({ gpu, config, state }: Rig, golden: Golden, tokens: number): Promise<void> {
  const { numKvHeads, headDim, numLayers } = config;
  for (const [which, name] of [["keys", "k"] as const, ["values", "v"] as const]) {
    const row = await readCache(gpu, state.full, which);
    const expected = golden.values(`layer${numLayers / 2 + 1}.${name}`);
    for (let head = 0; head < tokens * numKvHeads; head++) {
      const want = expected.subarray(head * headDim, (head + 1) * headDim);
      const column = (head % numKvHeads) * headDim;
      const found = row(Math.floor(head / numKvHeads)).subarray(column, column + headDim);
      expect(relativeL2(found, want)).toBeLessThanOrEqual(TOLERANCE + rounding(want));
    }
  }
}

/** Relative L2 when each value of a head is off by half a step. */
function rounding(head: Float32Array): number {
  const largest = head.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return (HALF_STEP * largest * Math.sqrt(head.length)) / Math.hypot(...head);
}

test("fused decode stores 8 bits by one dispatch more", async () => {
  const config: ModelConfig = parseConfig(microConfig);
  const gpu = await openTestGpu();
  const weights = formulaWeights(gpu, config, "int4");
  const [f16, int8] = (["f16", "int8"] as const).map((format) => {
    const rig = openRig(gpu, config, weights, 1, 16, true, format);
    const stages = decodeStages(rig.contexts.one, rig.state, rig.logits);
    closeRig(rig);
    return stages.flatMap(({ recording }) => recording.map(({ label }) => label));
  });
  weights.destroy();
  expect(int8?.length).toBe((f16?.length ?? 0) + 1);
  expect(int8?.filter((label) => label === "kv-append-int8")).toHaveLength(1);
});
