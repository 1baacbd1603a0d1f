import { candidateShapes, matvecKey } from "@gpu/kernels/int4-fixed-matvec/fixed-matvec-shape";
import { openTestGpu } from "@gpu/testing/harness";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type ModelConfig, parseConfig } from "../config";
import microConfig from "../oracle/fixtures/micro/config.json";
import { formulaWeights } from "../oracle/synthetic-weights";
import type { Weights } from "../weights/weights";
import { matvecGroups } from "./matvec-groups";
import { tuneMatvecs } from "./tune-matvecs";

const config: ModelConfig = parseConfig(microConfig);
/** A software adapter takes seconds for each kernel with barriers, and longer when it is not alone on the machine. */
const COMPILING_MS = 400_000;
const now = () => performance.now();
let weights: Weights;

beforeAll(async () => {
  weights = formulaWeights(await openTestGpu(), config, "int4");
});
afterAll(() => weights.destroy());

test("one of the candidates is chosen for a size that has no choice; the others keep theirs; then nothing is left to do", {
  timeout: COMPILING_MS,
}, async () => {
  const gpu = { ...(await openTestGpu()), choices: new Map<string, unknown>() };
  const card = { ...gpu, adapter: { ...gpu.adapter, isFallback: false } };
  const size = { rows: config.hiddenSize, cols: config.hiddenSize };
  const needs = { kind: "add" as const, givesFixed: true };
  const open = matvecKey(size, needs);
  const groups = matvecGroups(config, weights);
  expect([...groups.keys()]).toContain(open);
  for (const key of groups.keys()) if (key !== open) card.choices.set(key, "kept");
  const candidates = candidateShapes(card, size, needs);

  // They compile before the weights are there; nothing is timed until then.
  const compiling = vi.spyOn(gpu.device, "createComputePipelineAsync");
  const clock = vi.fn(now);
  const { promise: loaded, resolve: load } = Promise.withResolvers<void>();
  const tuning = tuneMatvecs({ gpu: card, now: clock }, config, weights, { loaded });
  await vi.waitFor(() => expect(compiling).toHaveBeenCalledTimes(candidates.length), { timeout: COMPILING_MS });
  await Promise.all(compiling.mock.results.map(({ value }) => value));
  expect(clock).not.toHaveBeenCalled();
  load();
  const isUnusual = await tuning;

  expect(candidates).toContainEqual(card.choices.get(open));
  const [usual] = candidates;
  expect(isUnusual).toBe(JSON.stringify(card.choices.get(open)) !== JSON.stringify(usual));
  expect([...card.choices.values()].filter((choice) => choice === "kept").length).toBe(groups.size - 1);

  // What was chosen is kept for the next opening, which has nothing to compile or to time.
  for (const called of [compiling, clock]) called.mockClear();
  expect(await tuneMatvecs({ gpu: card, now: clock }, config, weights)).toBe(false);
  for (const called of [compiling, clock]) expect(called).not.toHaveBeenCalled();
});

test("a software adapter is left alone, and tuning can be stopped", async () => {
  const gpu = { ...(await openTestGpu()), choices: new Map<string, unknown>() };
  await tuneMatvecs({ gpu, now }, config, weights);
  expect(gpu.choices.size).toBe(0);
  const card = { ...gpu, adapter: { ...gpu.adapter, isFallback: false } };
  await expect(tuneMatvecs({ gpu: card, now }, config, weights, { signal: AbortSignal.abort() })).rejects.toThrow(
    "abort",
  );
});

test("where what a trial needs is refused, nothing of it and of those before stays allocated", async () => {
  const gpu = { ...(await openTestGpu()), choices: new Map<string, unknown>() };
  const card = { ...gpu, adapter: { ...gpu.adapter, isFallback: false } };
  const create = gpu.device.createBuffer.bind(gpu.device);
  const freed: (() => void)[] = [];
  vi.spyOn(gpu.device, "createBuffer").mockImplementation((descriptor) => {
    if (freed.length === 6) throw new RangeError("no room");
    const buffer = create(descriptor);
    freed.push(vi.spyOn(buffer, "destroy"));
    return buffer;
  });
  await expect(tuneMatvecs({ gpu: card, now }, config, weights)).rejects.toThrow("no room");
  vi.restoreAllMocks();
  expect(freed).toHaveLength(6);
  for (const destroy of freed) expect(destroy).toHaveBeenCalledTimes(1);
});
