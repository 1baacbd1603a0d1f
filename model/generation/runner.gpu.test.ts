import type { Gpu } from "@gpu/device";
import { Pipeline } from "@gpu/pipeline";
import { openTestGpu } from "@gpu/testing/harness";
import { afterEach, expect, test, vi } from "vitest";
import { parseConfig } from "../config";
import { matvecGroups } from "../layers/matvec-groups";
import microConfig from "../oracle/fixtures/micro/config.json";
import { formulaWeights } from "../oracle/synthetic-weights";
import { Runner, type RunnerOptions } from "./runner";

const config = parseConfig(microConfig);
const OPTIONS: RunnerOptions = { contextLength: 64, chunk: 8, initialCapacity: 64, fullCache: "f16" };

afterEach(() => vi.restoreAllMocks());

/** As a graphics card, with pipelines and choices of its own. */
async function openCard(): Promise<Gpu> {
  const gpu = await openTestGpu();
  return { ...gpu, adapter: { ...gpu.adapter, isFallback: false }, pipelines: new Map(), choices: new Map() };
}

test("what the device has chosen since is taken when recordings are built again, and nothing else changes", async () => {
  const card = await openCard();
  const weights = formulaWeights(card, config, "int4");
  const runner = new Runner(card, config, weights, OPTIONS);
  const before = runner.recordings;

  const outProj = "model.layers.0.attn.out_proj.weight";
  const groups = [...matvecGroups(config, weights)];
  const group = groups.find(([, { matrices }]) => matrices.some(({ label }) => label === outProj));
  if (!group) throw new Error(`${outProj} is in no group.`);
  const [key, { matrices }] = group;
  card.choices.set(key, { lanes: 4, rowsPerLane: 2, slots: 8 });
  runner.rebuild();

  const changed = runner.recordings.nextToken.filter(({ pipeline }, index) => {
    return pipeline !== before.nextToken[index]?.pipeline;
  });
  const labels = matrices.map(({ label }) => `int4-fixed-matvec add ${label}`);
  expect(changed.length).toBeGreaterThan(0);
  for (const { label } of changed) expect(labels).toContain(label);
  expect(runner.recordings.prefill.map(({ pipeline }) => pipeline)).toEqual(
    before.prefill.map(({ pipeline }) => pipeline),
  );
  runner.destroy();
  weights.destroy();
});

test("all that is ever submitted was compiled ahead, also what prepares the weights", async () => {
  const card = await openCard();
  const weights = formulaWeights(await openTestGpu(), config, "int4");
  const runner = new Runner(card, config, weights, OPTIONS);
  // A software adapter would take a minute for what is made for cards: nothing is compiled, and nothing runs.
  const compile = vi.spyOn(Pipeline.prototype, "compile").mockResolvedValue();
  const unmade = { getBindGroupLayout: () => undefined } as unknown as GPUComputePipeline;
  const used = vi.spyOn(Pipeline.prototype, "compiled", "get").mockReturnValue(unmade);
  vi.spyOn(card.device, "createBindGroup").mockReturnValue({} as GPUBindGroup);
  for (const call of ["setPipeline", "setBindGroup", "dispatchWorkgroups"] as const)
    vi.spyOn(GPUComputePassEncoder.prototype, call).mockReturnValue(undefined);

  await runner.compile();
  used.mockClear();
  await runner.takeWeights();
  expect(used).toHaveBeenCalled();
  runner.read([1, 2, 3], 0);
  runner.readFew([4], 3);
  await runner.drawFirst(3);
  await runner.drawAfter(5, 4, 1);
  const ahead = new Set<unknown>(compile.mock.contexts);
  expect(used.mock.contexts.filter((pipeline) => !ahead.has(pipeline))).toHaveLength(0);
  runner.destroy();
  weights.destroy();
});

test("weights that cannot be prepared are an error at once", async () => {
  const gpu = await openTestGpu();
  const weights = formulaWeights(gpu, config, "int4");
  const runner = new Runner(gpu, config, weights, OPTIONS);
  weights.destroy();
  await expect(runner.takeWeights()).rejects.toThrow("preparing the weights: ");
  runner.destroy();
});
