import type { Gpu } from "@gpu/device";
import { openTestGpu } from "@gpu/testing/harness";
import { relativeL2 } from "@gpu/testing/relative-l2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ModelConfig, parseConfig } from "../config";
import { openSession } from "../generation/open-session";
import { GREEDY } from "../generation/sampling";
import { tensorPlan } from "../tensor-plan";
import { type ByteSource, openCheckpoint } from "../weights/checkpoint";
import { encodeRun } from "../weights/encode";
import { allocateWeights, type Weights } from "../weights/weights";
import { type Golden, readGolden } from "./golden";
import { closeRig, openRig, traceDecode } from "./trace";

/** The folder of the trained checkpoint in bfloat16 with its goldens: 39 MB that are not part of the repository. */
const CHECKPOINT = import.meta.env.LONGHAND_TINY_CHECKPOINT as string | undefined;

/** bfloat16 weights are exact in f16 but for the smallest; keys and values are rounded to f16. */
const TOLERANCE = 5e-3;

interface GoldenText {
  readonly prompt_ids: number[];
  readonly greedy_ids: number[];
}

describe.skipIf(!CHECKPOINT)("the tiny model with unquantized weights (LONGHAND_TINY_CHECKPOINT)", () => {
  let gpu: Gpu;
  let config: ModelConfig;
  let weights: Weights;
  let golden: Golden;
  let texts: GoldenText[];
  let stopIds: number[];

  beforeAll(async () => {
    gpu = await openTestGpu();
    config = parseConfig(await (await file("config.json")).json());
    stopIds = (await (await file("generation_config.json")).json()).eos_token_id;
    texts = await (await file("golden.json")).json();
    golden = readGolden(await (await file("golden.safetensors")).arrayBuffer());
    weights = await unquantized(gpu, config);
  });
  afterAll(() => weights.destroy());

  test.each([0, 1, 7])("logits of prompt %d at every position", async (index) => {
    const rig = openRig(gpu, config, weights, 1, 64);
    const { logits } = await traceDecode(rig, texts[index]?.prompt_ids ?? []);
    closeRig(rig);
    const expected = golden.values(`prompt${index}.logits`);
    expect(logits.length).toBe(expected.length);
    for (let begin = 0; begin < expected.length; begin += config.vocabSize) {
      const end = begin + config.vocabSize;
      expect(relativeL2(logits.subarray(begin, end), expected.subarray(begin, end))).toBeLessThanOrEqual(TOLERANCE);
    }
  });

  test.each(Array.from({ length: 12 }, (_, i) => i))("greedy text %d, exactly", async (index) => {
    const text = texts[index];
    if (!text) throw new Error(`The checkpoint has no golden text ${index}.`);
    const session = await openSession(gpu, config, weights, { contextLength: 1024, tokensPerSubmit: 4 });
    const turn = { ids: text.prompt_ids, sampling: GREEDY, stopIds, maxTokens: 700 };
    const written: number[] = [];
    for await (const ids of session.generate(turn)) written.push(...ids);
    session.destroy();
    expect(written).toEqual(text.greedy_ids);
  });
});

async function file(name: string): Promise<Response> {
  const response = await fetch(`/@fs${CHECKPOINT}/${name}`);
  if (!response.ok) throw new Error(`${CHECKPOINT}/${name} cannot be read (${response.status}).`);
  return response;
}

/** Every matrix in f16. */
async function unquantized(gpu: Gpu, config: ModelConfig): Promise<Weights> {
  const checkpoint = await openCheckpoint(wholeFiles());
  const plan = tensorPlan(config).map(
    (tensor) => ({ ...tensor, format: tensor.role === "vector" ? "f32" : "f16" }) as const,
  );
  const weights = allocateWeights(gpu, plan);
  for (const { name, shape, format } of plan) {
    const count = shape.reduce((product, size) => product * size, 1);
    weights.write(name, "values", 0, encodeRun(format, await checkpoint.read(name, 0, count)).values);
  }
  return weights;
}

/** Files fetched once and kept. */
function wholeFiles(): ByteSource {
  const files = new Map<string, Promise<Uint8Array>>();
  const whole = (name: string): Promise<Uint8Array> => {
    const fetched =
      files.get(name) ?? file(name).then(async (response) => new Uint8Array(await response.arrayBuffer()));
    files.set(name, fetched);
    return fetched;
  };
  return {
    size: async (name) => (await whole(name)).byteLength,
    read: async (name, offset, length) => (await whole(name)).subarray(offset, offset + length),
  };
}
