import { checked } from "@gpu/recording";
import { openTestGpu } from "@gpu/testing/harness";
import { relativeL2 } from "@gpu/testing/relative-l2";
import { expect, test } from "vitest";
import { parseConfig } from "../config";
import { prefillStages } from "../model";
import microConfig from "./fixtures/micro/config.json";
import { formulaWeights } from "./synthetic-weights";
import { closeRig, openRig, tracePrefill } from "./trace";

// Graphics cards read prompts by other paths of the kernels than software adapters, and by split products: here both run.

/** A software adapter takes seconds for each kernel with barriers, and longer when it is not alone on the machine. */
const COMPILING_MS = 400_000;
/** f32 throughout, in another order; each of a few sums of 512 is off by √512 · 2⁻²⁴ = 1.3e-6 at most. */
const BEFORE_ATTENTION = 1e-5;
/**
 * A difference of d rounds a key or a value to the next f16, s = 2⁻¹⁰ off, in d / s of all cases, which is √(d s) in root mean
 * square; and there are keys and values of three layers, which know nothing of each other. Measured: 1.3e-4 of the logits.
 */
const BEHIND_ATTENTION = Math.sqrt(2 * 3 * BEFORE_ATTENTION * 2 ** -10);

test("prefill as on a card: the residuals and logits of a software adapter's", { timeout: COMPILING_MS }, async () => {
  const gpu = await openTestGpu();
  const config = parseConfig(microConfig);
  const weights = formulaWeights(gpu, config, "int4");
  const ids = Array.from({ length: 23 }, (_, i) => (7 * i * i + 3 * i + 11) % config.vocabSize);
  const chunk = 13; // and a shorter one of 10
  const trace = async (isFallback: boolean) => {
    const opened = openRig(gpu, config, weights, chunk, ids.length, false);
    const many = { ...opened.contexts.many, gpu: { ...gpu, adapter: { ...gpu.adapter, isFallback } } };
    const rig = { ...opened, contexts: { ...opened.contexts, many } };
    const kernels = prefillStages(many, rig.state).flatMap(({ recording }) => recording.map(({ label }) => label));
    const traced = await checked(gpu, "prefill", () => tracePrefill(rig, ids, chunk));
    closeRig(rig);
    return { ...traced, splits: kernels.filter((label) => label.startsWith("matmul-merge")).length };
  };
  const plain = await trace(true);
  const card = await trace(false);
  expect(plain.splits).toBe(0);
  expect(card.splits).toBeGreaterThan(2 * (config.numLayers / 2));
  const firstLayer = 2 * ids.length * config.hiddenSize;
  expect(relativeL2(card.residuals.subarray(0, firstLayer), plain.residuals.subarray(0, firstLayer))).toBeLessThan(
    BEFORE_ATTENTION,
  );
  expect(relativeL2(card.residuals, plain.residuals)).toBeLessThan(BEHIND_ATTENTION);
  expect(relativeL2(card.logits, plain.logits)).toBeLessThan(BEHIND_ATTENTION);
  weights.destroy();
});
