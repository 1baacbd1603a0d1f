import { checked } from "@gpu/recording";
import { openTestGpu } from "@gpu/testing/harness";
import { relativeL2 } from "@gpu/testing/relative-l2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ModelConfig, parseConfig } from "../config";
import type { Weights } from "../weights/weights";
import microConfig from "./fixtures/micro/config.json";
import microGolden from "./fixtures/micro/golden.safetensors?url";
import pairsConfig from "./fixtures/pairs/config.json";
import pairsGolden from "./fixtures/pairs/golden.safetensors?url";
import { type Golden, readGolden } from "./golden";
import { smallReference } from "./reference-spots";
import { isWithin, residualErrors, type SpotError, spotError } from "./spot-errors";
import { stateErrors } from "./state-errors";
import { formulaWeights } from "./synthetic-weights";
import { closeRig, openRig, type Rig, type Trace, traceDecode, tracePrefill } from "./trace";
import { traceSpots } from "./trace-spots";

/** Activations are f32; keys, values and the last bits of weights are f16 (2⁻¹¹ = 5e-4 each, averaging out). */
const TOLERANCE = 2e-3;

const MODELS = [
  { name: "micro", config: microConfig, url: microGolden, chunks: [1, 7, 16, 96] },
  { name: "pairs", config: pairsConfig, url: pairsGolden, chunks: [1, 7, 16, 40] },
];

describe.each(MODELS)("$name, by formula weights", ({ config: json, url, chunks }) => {
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

  /** @param room most tokens of a prefill run: it sets the rings' capacity, and with it what has to be compiled. */
  async function traced(room: number, trace: (rig: Rig) => Promise<Trace>): Promise<Trace> {
    const gpu = await openTestGpu();
    const rig = openRig(gpu, config, weights, room, ids.length);
    try {
      const result = await checked(gpu, "trace", () => trace(rig));
      const errors = await stateErrors(rig, golden, ids.length);
      expect(errors.filter(({ error }) => !(error <= TOLERANCE))).toEqual([]);
      return result;
    } finally {
      closeRig(rig);
    }
  }

  test("decode: every residual, all logits, the states", async () => {
    const { residuals, logits } = await traced(ids.length, (rig) => traceDecode(rig, ids));
    expectResiduals(residuals, golden, config);
    expect(worstRow(logits, golden.values("logits"), config.vocabSize)).toBeLessThanOrEqual(TOLERANCE);
  });

  test.each(chunks)(
    "prefill in chunks of %d: the self-decoder's residuals, the last logits, the states",
    async (chunk) => {
      expectPrefill(await traced(ids.length, (rig) => tracePrefill(rig, ids, chunk)));
    },
  );

  test("prefill in chunks of 7 with rings that hold no more than they must", async () => {
    expectPrefill(await traced(7, (rig) => tracePrefill(rig, ids, 7)));
  });

  test("spots: prefill, then decode; what model/cli/verify.ts checks at full size", async () => {
    const rig = openRig(await openTestGpu(), config, weights, ids.length, ids.length);
    await expectSpots(rig, golden, ids);
    closeRig(rig);
  });

  function expectPrefill({ residuals, logits }: Trace): void {
    expectResiduals(residuals, golden, config);
    const last = golden.values("logits").slice(-config.vocabSize);
    expect(relativeL2(logits, last)).toBeLessThanOrEqual(TOLERANCE);
  }
});

async function expectSpots(rig: Rig, golden: Golden, ids: readonly number[]): Promise<void> {
  const reference = smallReference(rig.config, golden);
  const positions = reference.spots.map(({ position }) => position);
  const options = { chunk: 16, decodeFrom: ids.length - 3 };
  const { logits, residuals } = await checked(rig.gpu, "spots", () => traceSpots(rig, ids, positions, options));
  expect([...logits.keys()]).toEqual(positions);
  for (const spot of reference.spots) {
    const error = spotError(logits.get(spot.position) ?? new Float32Array(), spot, TOLERANCE);
    expect(error).toSatisfy((found: SpotError) => isWithin(found, TOLERANCE));
  }
  expect(Math.max(...residualErrors(residuals, reference.residuals, rig.config.hiddenSize))).toBeLessThan(TOLERANCE);
}

/** Every residual that was traced, row by row: a prefill's trace ends with the self-decoder. */
function expectResiduals(actual: Float32Array, golden: Golden, { hiddenSize }: ModelConfig): void {
  const expected = golden.values("residuals").subarray(0, actual.length);
  expect(worstRow(actual, expected, hiddenSize)).toBeLessThanOrEqual(TOLERANCE);
}

function worstRow(actual: Float32Array, expected: Float32Array, size: number): number {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  for (let begin = 0; begin < expected.length; begin += size) {
    const error = relativeL2(actual.subarray(begin, begin + size), expected.subarray(begin, begin + size));
    if (!(error <= worst)) worst = error;
  }
  return worst;
}
