import type { Gpu } from "@gpu/device";
import { candidateShapes } from "@gpu/kernels/int4-matvec/matvec-shape";
import { checked } from "@gpu/recording";
import { openTestGpu } from "@gpu/testing/harness";
import { relativeL2 } from "@gpu/testing/relative-l2";
import { expect, test } from "vitest";
import { parseConfig } from "../config";
import { matvecGroups } from "../layers/matvec-groups";
import { tuneMatvecs } from "../layers/tune-matvecs";
import type { Weights } from "../weights/weights";
import microConfig from "./fixtures/micro/config.json";
import { formulaWeights } from "./synthetic-weights";
import { closeRig, openRig, traceDecode } from "./trace";

/** Wider than what fused kernels can normalise; of heads of 64 in pairs, the next width after the published one. */
const config = parseConfig({
  ...microConfig,
  ...{ num_hidden_layers: 4, hidden_size: 2688, num_attention_heads: 42, intermediate_size: 64, mamba_expand: 1 },
  vocab_size: 32,
});
const IDS = [3, 1];
/** A software adapter takes seconds for each kernel with barriers, and longer when it is not alone on the machine. */
const COMPILING_MS = 400_000;
/** As in fused.gpu.test.ts: other orders of sums may round a key or a value to the next f16. */
const TOLERANCE = 2 ** -13;

/** Decoded as suits the adapter. */
async function logitsOn(gpu: Gpu, weights: Weights): Promise<Float32Array> {
  const rig = openRig(gpu, config, weights, 1, IDS.length);
  try {
    expect(rig.contexts.one.fuses).toBe(false);
    return (await checked(gpu, "decoding", () => traceDecode(rig, IDS))).logits;
  } finally {
    closeRig(rig);
  }
}

test("a model wider than published is tuned for a graphics card, and decodes there as in software", {
  timeout: COMPILING_MS,
}, async () => {
  const gpu = await openTestGpu();
  const weights = formulaWeights(gpu, config, "int4");
  const choices = new Map<string, unknown>();
  const card = { ...gpu, choices, adapter: { ...gpu.adapter, isFallback: false } };
  // One size is timed here: the LM head's, which is normed where that fits.
  for (const [key, group] of matvecGroups(config, weights)) {
    const [first] = group.matrices;
    if (first && first.rows !== config.vocabSize) choices.set(key, candidateShapes(first, group)[0]);
  }
  await tuneMatvecs({ gpu: card, now: () => performance.now() }, config, weights);
  expect([...choices.keys()]).toContain(`int4-matvec ${config.vocabSize} x ${config.hiddenSize}`);
  expect(relativeL2(await logitsOn(card, weights), await logitsOn(gpu, weights))).toBeLessThan(TOLERANCE);
  weights.destroy();
});
