import { checked } from "@gpu/recording";
import { download } from "@gpu/tensor";
import { openTestGpu } from "@gpu/testing/harness";
import { relativeL2 } from "@gpu/testing/relative-l2";
import { expect, test } from "vitest";
import { type ModelConfig, parseConfig } from "../config";
import { decodeStages, prefillStages } from "../model";
import microConfig from "./fixtures/micro/config.json";
import { formulaWeights } from "./synthetic-weights";
import { closeRig, openRig, type Rig, runStages, setInput, type Trace, traceDecode } from "./trace";

// Graphics cards decode by fused dispatches, software adapters by plain ones: here both run, on the same 4-bit weights.

/** A software adapter takes seconds for each kernel with barriers, and longer when it is not alone on the machine. */
const COMPILING_MS = 400_000;
const IDS = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5];
/**
 * Fused products round x to fixed point: evenly within a unit of at most 2⁻¹⁴ of the largest in its group of 32, so by
 * 2⁻¹⁴ / √12 of that in root mean square, and the largest of 32 is some 3.5 times their own. A layer has six such products,
 * whose roundings know nothing of each other: √6 · 3.5 · 2⁻¹⁴ / √12 = 1.5e-4. Measured: 9.5e-5.
 */
const FIXED = (Math.sqrt(6) * 3.5) / Math.sqrt(12) / 2 ** 14;
/**
 * Behind attention: a difference of d may round a key or a value to the next f16, s = 2⁻¹⁰ off at most. It does so for d / s
 * of them, which is √(d s) = 3.8e-4 in root mean square; the layers behind add their own. Measured: 3.5e-4 of all residuals,
 * 4.3e-4 of the logits. The bound is half an s.
 */
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

test("fused: tokens of a prompt read by half of the model leave the state of decode", {
  timeout: COMPILING_MS,
}, async () => {
  const config = { ...parseConfig(microConfig), slidingWindow: 4 };
  const [last] = IDS.slice(-1);
  const whole = await withRig(config, true, (rig) => traceDecode(rig, IDS));
  const logits = await withRig(config, true, (rig) => {
    const { one } = rig.contexts;
    for (const [position, id] of IDS.slice(0, -1).entries()) {
      setInput(one, [id], position);
      runStages(rig, one, prefillStages(one, rig.state), 1);
    }
    setInput(one, [last ?? 0], IDS.length - 1);
    runStages(rig, one, decodeStages(one, rig.state, rig.logits), 1);
    return download(rig.gpu, rig.logits);
  });
  expect(logits).toEqual(whole.logits.slice(-config.vocabSize));
});

test("as many layers as published take at most 190 dispatches for a token, with three for the sampler", async () => {
  const config = parseConfig({ ...microConfig, num_hidden_layers: 32 });
  const dispatches = await withRig(config, true, ({ contexts, state, logits }) =>
    decodeStages(contexts.one, state, logits).flatMap(({ recording }) => recording),
  );
  expect(dispatches.length + 3).toBe(176);
});
