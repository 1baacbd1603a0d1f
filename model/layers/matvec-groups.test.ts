import { expect, test } from "vitest";
import { type ModelConfig, parseConfig } from "../config";
import { shippedFormat } from "../cost";
import publishedConfig from "../oracle/fixtures/full/config.json";
import { tensorPlan } from "../tensor-plan";
import type { Weights } from "../weights/weights";
import { matvecGroups } from "./matvec-groups";

const published = parseConfig(publishedConfig);

/** The matrices of a model, without a device; those whose names end so are in two parts. */
function matricesOf(config: ModelConfig, inParts = "nothing"): Weights {
  const matrices = tensorPlan(config).map((tensor) => {
    const [rows = 0, cols = 0] = tensor.shape;
    const parts = Array(tensor.name.endsWith(inParts) ? 2 : 1).fill({});
    return [tensor.name, { label: tensor.name, rows, cols, format: shippedFormat(tensor), parts }] as const;
  });
  const byName = new Map(matrices);
  return { matrix: (name: string) => byName.get(name) } as unknown as Weights;
}

test("every 4-bit matrix of the decode step belongs to one group, by its size and what it needs", () => {
  const groups = matvecGroups(published, matricesOf(published));
  const matrices = [...groups.values()].flatMap((group) => group.matrices);
  // Four in each layer, and the LM head.
  expect(matrices.length).toBe(4 * published.numLayers + 1);
  expect(new Set(matrices.map(({ label }) => label)).size).toBe(matrices.length);
  expect([...groups.keys()].sort()).toEqual([
    "fixed matvec add fixed 2560 x 10240",
    "fixed matvec add fixed 2560 x 2560",
    "fixed matvec add fixed 2560 x 5120",
    "fixed matvec append 5120 x 2560",
    "fixed matvec convolve 10240 x 2560",
    "fixed matvec gate fixed 5120 x 2560",
    "fixed matvec store 200064 x 2560",
    "fixed matvec store 2560 x 2560",
    "fixed matvec swiglu fixed 20480 x 2560",
  ]);
});

test("SwiGLU in parts is left out, since it runs as other products", () => {
  const groups = matvecGroups(published, matricesOf(published, "fc1.weight"));
  expect([...groups.keys()].filter((key) => key.includes("20480"))).toEqual([]);
  expect([...matvecGroups(published, matricesOf(published, "embed_tokens.weight")).keys()]).toContain(
    "fixed matvec store 200064 x 2560",
  );
});
