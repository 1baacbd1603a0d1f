import { checked } from "@gpu/recording";
import { openTestGpu } from "@gpu/testing/harness";
import { relativeL2 } from "@gpu/testing/relative-l2";
import { expect, test } from "vitest";
import { type ModelConfig, parseConfig } from "../config";
import { decodeStages } from "../model";
import microConfig from "./fixtures/micro/config.json";
import { formulaWeights } from "./synthetic-weights";
import { closeRig, openRig, type Rig, type Trace, traceDecode } from "./trace";

// Graphics cards decode by fused dispatches, software adapters by plain ones: here both run, on the same 4-bit weights.

/** A software adapter takes seconds for each kernel with barriers, and longer when it is not alone on the machine. */
const COMPILING_MS = 400_000;
const IDS = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5];
/** Fused products round x to fixed point, by 2⁻¹⁵ relative in L2 at most; a layer has six, one behind the other. */
const FIXED = 6 * 2 ** -15;
/** Behind attention: such a difference may round a key or a value to the next f16, 2⁻¹¹ off. */
const BEHIND_ATTENTION = 2 ** -11;

async function withRig<T>(config: ModelConfig, fuses: boolean, work: (rig: Rig) => T | Promise<T>): Promise<T> {
  const gpu = await openTestGpu();
  const weights = formulaWeights(gpu, config, "int4");
  const rig = openRig(gpu, config, weights, 1, IDS.length, fuses);
  try {
    return await checked(gpu, "fused", () => work(rig));
  } finally {
    closeRig(rig);
    weights.destroy();
  }
}

test("fused decode: the residuals and logits of plain decode, past the window", { timeout: COMPILING_MS }, async () => {
  const config = { ...parseConfig(microConfig), slidingWindow: 4 };
  const trace = (fuses: boolean): Promise<Trace> => withRig(config, fuses, (rig) => traceDecode(rig, IDS));
  const plain = await trace(false);
  const fused = await trace(true);
  const firstLayer = 2 * IDS.length * config.hiddenSize;
  const first = ({ residuals }: Trace) => residuals.subarray(0, firstLayer);
  expect(relativeL2(first(fused), first(plain))).toBeLessThan(FIXED);
  expect(relativeL2(fused.residuals, plain.residuals)).toBeLessThan(BEHIND_ATTENTION);
  expect(relativeL2(fused.logits, plain.logits)).toBeLessThan(BEHIND_ATTENTION);
});

test("as many layers as published take at most 190 dispatches for a token, with three for the sampler", async () => {
  const config = parseConfig({ ...microConfig, num_hidden_layers: 32 });
  const dispatches = await withRig(config, true, ({ contexts, state, logits }) =>
    decodeStages(contexts.one, state, logits).flatMap(({ recording }) => recording),
  );
  expect(dispatches.length + 3).toBe(184);
});
