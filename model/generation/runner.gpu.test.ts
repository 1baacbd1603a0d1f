import { openTestGpu } from "@gpu/testing/harness";
import { expect, test } from "vitest";
import { parseConfig } from "../config";
import { matvecGroups } from "../layers/matvec-groups";
import microConfig from "../oracle/fixtures/micro/config.json";
import { formulaWeights } from "../oracle/synthetic-weights";
import { Runner } from "./runner";

test("what the device has chosen since is taken when recordings are built again, and nothing else changes", async () => {
  const gpu = await openTestGpu();
  const card = { ...gpu, adapter: { ...gpu.adapter, isFallback: false }, choices: new Map<string, unknown>() };
  const config = parseConfig(microConfig);
  const weights = formulaWeights(card, config, "int4");
  const options = { contextLength: 64, chunk: 8, initialCapacity: 64, fullCache: "f16" } as const;
  const runner = new Runner(card, config, weights, options);
  const before = runner.recordings;

  const outProj = "model.layers.0.attn.out_proj.weight";
  const groups = [...matvecGroups(config, weights)];
  const group = groups.find(([, { matrices }]) => matrices.some(({ label }) => label === outProj));
  if (!group) throw new Error(`${outProj} is in no group.`);
  const [key, { matrices }] = group;
  card.choices.set(key, { lanes: 4, rowsPerLane: 2, slots: 8, blocks: 1 });
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
