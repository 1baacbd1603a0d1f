import { type Gpu, openGpu } from "@gpu/device";
import { openTestGpu } from "@gpu/testing/harness";
import { relativeL2 } from "@gpu/testing/relative-l2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseConfig } from "../config";
import { shippedFormat } from "../cost";
import { deviceReport, longestContext } from "../device-report";
import { openSession } from "../generation/open-session";
import { GREEDY } from "../generation/sampling";
import { tensorPlan } from "../tensor-plan";
import { loadWeights } from "../weights/load";
import { type ConvertedModel, convertAll } from "../weights/testing/convert-all";
import { allocateWeights, type Weights } from "../weights/weights";
import microConfig from "./fixtures/micro/config.json";
import microGolden from "./fixtures/micro/golden.safetensors?url";
import { type Golden, readGolden } from "./golden";
import { formulaRepository } from "./stand-in/repository";
import { closeRig, openRig, type Rig, type Trace, traceDecode, tracePrefill } from "./trace";

/** As in golden.gpu.test.ts. */
const TOLERANCE = 2e-3;

/**
 * For the micro model what 128 MiB bindings and 256 MiB buffers are for the published one, and tighter: in f16 the
 * embedding is in 5 parts, fc1 in 15, x_proj in 2. What cannot be cut still fits: A_log and Mamba's states take 32 KiB.
 */
const BINDING_BYTES = 36 * 2 ** 10;
const BUFFER_BYTES = 2 * BINDING_BYTES;

const config = parseConfig(microConfig);
/** The largest chunk whose intermediate results can be bound. */
const CHUNK = 7;

interface SmallGpu {
  readonly gpu: Gpu;
  /** Whether buffers are held against the limits: all but those of a trace. Bindings always are. */
  isProving: boolean;
}

/** A device that says of itself that it is small, and proves every buffer and binding against that. */
async function openSmallGpu(): Promise<SmallGpu> {
  const gpu = await openGpu();
  const { device } = gpu;
  const { limits, createBuffer, createBindGroup } = device;
  const opened: SmallGpu = { gpu, isProving: true };
  const small = { maxStorageBufferBindingSize: BINDING_BYTES, maxBufferSize: BUFFER_BYTES };
  const prove = (label: string | undefined, bytes: number, most: number) => {
    if (bytes > most) throw new RangeError(`${label} takes ${bytes} bytes, more than ${most}`);
  };
  device.createBuffer = (descriptor) => {
    if (opened.isProving) prove(descriptor.label, descriptor.size, BUFFER_BYTES);
    return createBuffer.call(device, descriptor);
  };
  device.createBindGroup = (descriptor) => {
    for (const { resource } of descriptor.entries)
      if ("buffer" in resource) prove(resource.buffer.label, resource.size ?? resource.buffer.size, BINDING_BYTES);
    return createBindGroup.call(device, descriptor);
  };
  // WebGPU knows no limits below its defaults, so a device cannot be asked for them.
  Object.defineProperty(device, "limits", { get: () => (opened.isProving ? small : limits) });
  return opened;
}

let small: SmallGpu;
let golden: Golden;
let ids: number[];
const converted = new Map<string, ConvertedModel>();

beforeAll(async () => {
  small = await openSmallGpu();
  golden = readGolden(await (await fetch(microGolden)).arrayBuffer());
  const [tokens = 0] = golden.shape("logits");
  ids = Array.from({ length: tokens }, (_, i) => (7 * i * i + 3 * i + 11) % config.vocabSize);
  const files = Object.fromEntries(
    [...formulaRepository(microConfig, 2)].map(([name, file]) => [name, file.read(0, file.bytes)] as const),
  );
  // Chunks that end in the middle of a part.
  const plan = { files, plan: [] };
  for (const format of ["f16", "int4"] as const) {
    const recipe = { matrices: format, embedding: format, chunkBytes: 60_000 };
    converted.set(format, await convertAll(recipe, plan, tensorPlan));
  }
});

afterAll(() => small.gpu.device.destroy());

/** From the chunks, as the page does it. */
async function load(gpu: Gpu, format: "f16" | "int4"): Promise<Weights> {
  const model = converted.get(format);
  if (!model) throw new Error("nothing was converted");
  const weights = allocateWeights(gpu, model.manifest.tensors);
  await loadWeights(gpu, weights, model.manifest, async ({ name }) => model.files[name] ?? new Uint8Array());
  return weights;
}

/** A run of the whole model. */
async function traced(gpu: Gpu, weights: Weights, trace: (rig: Rig) => Promise<Trace>): Promise<Trace> {
  const rig = openRig(gpu, config, weights, CHUNK, ids.length);
  small.isProving = false;
  try {
    return await trace(rig);
  } finally {
    small.isProving = true;
    closeRig(rig);
  }
}

function expectParts(weights: Weights, expected: Readonly<Record<string, number>>): void {
  const parts = Object.keys(expected).map((name) => [name, weights.matrix(name).parts.length]);
  expect(Object.fromEntries(parts)).toEqual(expected);
}

test("in parts, f16: decode and prefill give the oracle's logits", async () => {
  const weights = await load(small.gpu, "f16");
  expectParts(weights, {
    "model.embed_tokens.weight": 5,
    "model.layers.0.mlp.fc1.weight": 15,
    "model.layers.0.attn.in_proj.weight": 15,
    "model.layers.0.attn.x_proj.weight": 2,
  });
  const expected = golden.values("logits");
  const { logits } = await traced(small.gpu, weights, (rig) => traceDecode(rig, ids));
  expect(relativeL2(logits, expected)).toBeLessThanOrEqual(TOLERANCE);
  const prefilled = await traced(small.gpu, weights, (rig) => tracePrefill(rig, ids, CHUNK));
  expect(relativeL2(prefilled.logits, expected.slice(-config.vocabSize))).toBeLessThanOrEqual(TOLERANCE);
  weights.destroy();
});

test("in parts, int4: bit for bit what a device gives that needs no parts", async () => {
  const usual = await openTestGpu();
  const [inParts, whole] = [await load(small.gpu, "int4"), await load(usual, "int4")];
  expectParts(inParts, { "model.embed_tokens.weight": 2, "model.layers.0.mlp.fc1.weight": 4 });
  const decode = (rig: Rig) => traceDecode(rig, ids.slice(0, 20));
  expect(await traced(small.gpu, inParts, decode)).toEqual(await traced(usual, whole, decode));
  inParts.destroy();
  whole.destroy();
});

test("keys and values grow to what can be bound, and there the context ends", async () => {
  const { gpu } = small;
  const weights = await load(gpu, "int4");
  const most = BINDING_BYTES / (2 * config.numKvHeads * config.headDim);
  expect(longestContext(config, gpu.device.limits)).toBe(most);
  expect(deviceReport(config, 32_768, gpu.device.limits, shippedFormat).contextLength).toBe(most);
  const session = await openSession(gpu, config, weights, { contextLength: most, chunk: CHUNK, initialCapacity: 50 });
  const written: number[] = [];
  const turn = { ids: ids.slice(0, 8), sampling: GREEDY, stopIds: [], maxTokens: 1000 };
  const generation = session.generate(turn);
  for (;;) {
    const { value, done } = await generation.next();
    if (done) {
      expect(value).toBe("context");
      break;
    }
    written.push(...value);
  }
  expect(session.length).toBe(most);
  expect(session.runner.state.full.keys.buffer.size).toBe(BINDING_BYTES);
  session.destroy();
  weights.destroy();
});
