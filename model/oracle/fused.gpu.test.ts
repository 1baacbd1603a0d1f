import { openGpu } from "@gpu/device";
import { type Matrix, sliceRows } from "@gpu/matrix";
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
 * Fused products round x to fixed point: evenly within a unit of at most 2⁻¹⁴ of the largest in its octet, so by 2⁻¹⁴ / √12
 * of that in root mean square, and the largest of 8 is less than twice their own. A layer has four such products, whose
 * roundings know nothing of each other. What the mixer's first and the MLP's first give is multiplied, value by gate, and
 * both have it: √(2 + 1 + 2 + 1) · 2 · 2⁻¹⁴ / √12 = 8.6e-5. Measured: 6.7e-5.
 */
const FIXED = (Math.sqrt(6) * 2) / Math.sqrt(12) / 2 ** 14;
/**
 * Behind attention: a difference of d = FIXED may round a key or a value to the next f16, s = 2⁻¹⁰ off at most. It does so for
 * d / s of them, which is √(d s) = 2.9e-4 in root mean square. With a d of its own from each of 8 layers, √(d s + 8 d²) =
 * 3.8e-4. Measured: 3.1e-4 of all residuals, 3.9e-4 behind the last layer and of the logits, for gates and Δ enlarge a little
 * what comes in. The bound is half an s, 4.9e-4.
 */
const BEHIND_ATTENTION = 2 ** -11;

interface Given {
  readonly config?: ModelConfig;
  readonly fuses?: boolean;
  readonly format?: "int4" | "f16";
  /** A device with the least that WebGPU promises, and every fc1 cut in two, as where little can be bound. */
  readonly least?: boolean;
}

const LEAST = {
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupStorageSize: 16384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
};

const CONFIG = { ...parseConfig(microConfig), slidingWindow: 4 };

async function withRig<T>(given: Given, work: (rig: Rig) => T | Promise<T>): Promise<T> {
  const { config = CONFIG, fuses = true, format = "int4", least = false } = given;
  const gpu = await (least ? openGpu(undefined, { most: LEAST }) : openTestGpu());
  const whole = formulaWeights(gpu, config, format);
  const matrix = (name: string) => (name.endsWith("fc1.weight") ? inTwo(whole.matrix(name)) : whole.matrix(name));
  const rig = openRig(gpu, config, least ? { ...whole, matrix } : whole, 1, IDS.length, fuses);
  try {
    return await checked(gpu, "fused", () => work(rig));
  } finally {
    closeRig(rig);
    whole.destroy();
    if (least) gpu.device.destroy();
  }
}

function inTwo(matrix: Matrix): Matrix {
  const half = matrix.rows / 2;
  const parts = [0, half].flatMap((firstRow) =>
    sliceRows(matrix, matrix.label, firstRow, half).parts.map((part) => ({ ...part, firstRow })),
  );
  return { ...matrix, parts };
}

const decodeLabels = ({ contexts, state, logits }: Rig): string[] =>
  decodeStages(contexts.one, state, logits).flatMap(({ recording }) => recording.map(({ label }) => label));

test.each([{ least: false }, { least: true }])(
  "fused decode: the residuals and logits of plain decode, past the window; a device with the least there may be: $least",
  { timeout: COMPILING_MS },
  async ({ least }) => {
    const trace = (fuses: boolean): Promise<Trace> => withRig({ fuses, least }, (rig) => traceDecode(rig, IDS));
    const plain = await trace(false);
    const fused = await trace(true);
    const firstLayer = 2 * IDS.length * CONFIG.hiddenSize;
    const first = ({ residuals }: Trace) => residuals.subarray(0, firstLayer);
    expect(relativeL2(first(fused), first(plain))).toBeLessThan(FIXED);
    expect(relativeL2(fused.residuals, plain.residuals)).toBeLessThan(BEHIND_ATTENTION);
    expect(relativeL2(fused.logits, plain.logits)).toBeLessThan(BEHIND_ATTENTION);
  },
);

test("fused: tokens of a prompt read by half of the model leave the state of decode", {
  timeout: COMPILING_MS,
}, async () => {
  const [last] = IDS.slice(-1);
  const whole = await withRig({}, (rig) => traceDecode(rig, IDS));
  const logits = await withRig({}, (rig) => {
    const { one } = rig.contexts;
    for (const [position, id] of IDS.slice(0, -1).entries()) {
      setInput(one, [id], position);
      runStages(rig, one, prefillStages(one, rig.state), 1);
    }
    setInput(one, [last ?? 0], IDS.length - 1);
    runStages(rig, one, decodeStages(one, rig.state, rig.logits), 1);
    return download(rig.gpu, rig.logits);
  });
  expect(logits).toEqual(whole.logits.slice(-CONFIG.vocabSize));
});

/** As many layers as published. */
const DEEP = parseConfig({ ...microConfig, num_hidden_layers: 32 });

test("as many layers as published take 176 dispatches for a token, with three for the sampler", async () => {
  const labels = await withRig({ config: DEEP }, decodeLabels);
  expect(labels.length + 3).toBe(176);
});

test("nothing is made ready for a norm that stays a dispatch of its own: all of them before f16", async () => {
  const f16 = await withRig({ config: DEEP, format: "f16" }, decodeLabels);
  const plain = await withRig({ config: DEEP, format: "f16", fuses: false }, decodeLabels);
  const windows = f16.filter((label) => label === "attention-row").length;
  expect([windows, f16.length]).toEqual([8, plain.length - 8]);
  // Before fc1 in parts too. Its output is not in fixed point, so that the sum with fc2 is made ready by a dispatch. On the same
  // device the memory is gated in one too.
  const cut = await withRig({ config: DEEP, least: true }, decodeLabels);
  const ready = (labels: readonly string[]) => labels.filter((label) => label === "to-fixed").length;
  // The embedding, and then each of the MLPs.
  expect([ready(f16), ready(await withRig({ config: DEEP }, decodeLabels)), ready(cut)]).toEqual([0, 1, 1 + 32]);
  expect(cut.filter((label) => label === "silu-gate")).toHaveLength(1);
});
