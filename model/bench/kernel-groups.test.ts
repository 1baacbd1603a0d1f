import { expect, test } from "vitest";
import { parseConfig } from "../config";
import publishedConfig from "../oracle/fixtures/full/config.json";
import { kernelCost } from "./kernel-cost";
import { groupKernels } from "./kernel-groups";

const config = parseConfig(publishedConfig);

const LABELS = [
  "embedding model.embed_tokens.weight",
  "layer-norm",
  "int4-matvec store model.layers.1.attn.Wqkv.weight",
  "kv-append",
  "attention-split",
  "attention-merge",
  "int4-matvec add model.layers.1.attn.out_proj.weight",
  "layer-norm",
  "int4-matvec swiglu model.layers.1.mlp.fc1.weight",
  "int4-matvec store model.layers.17.attn.Wqkv.weight",
  "attention-split",
  "int4-matvec store model.layers.19.attn.Wqkv.weight",
  "attention-split",
  "int4-matvec store model.embed_tokens.weight",
  "sample pick",
  "something new",
];

const groups = groupKernels(LABELS, config);
const named = (name: string) => {
  const group = groups.find((candidate) => candidate.name === name);
  if (!group) throw new Error(`no group ${name}`);
  return group;
};

test("by kernel and shape, whatever the layer", () => {
  expect(groups.map(({ name, indices }) => [name, ...indices])).toEqual([
    ["embedding 200064×2560", 0],
    ["layer-norm", 1, 7],
    ["int4-matvec store 5120×2560", 2, 9],
    ["kv-append window", 3],
    ["attention-split window", 4],
    ["attention-merge window", 5],
    ["int4-matvec add 2560×2560", 6],
    ["int4-matvec swiglu 20480×2560", 8],
    ["attention-split full", 10, 12],
    ["int4-matvec store 2560×2560", 11],
    ["int4-matvec store 200064×2560", 13],
    ["sample pick", 14],
    ["something new", 15],
  ]);
});

test("prefill's slice of Wqkv has the rows of keys and values", () => {
  const label = "int4-matmul store model.layers.17.attn.Wqkv.weight keys and values";
  expect(groupKernels([label], config)[0]?.name).toBe("int4-matmul store 2560×2560");
});

test("a split product computes; what adds its parts up only moves its result", () => {
  const labels = ["int4-matmul split", "matmul-merge add"].map((what) => `${what} model.layers.1.mlp.fc2.weight`);
  const [split, merge] = groupKernels(labels, config);
  if (!split || !merge) throw new Error("expected two groups");
  expect([split.name, merge.name]).toEqual(["int4-matmul split 2560×10240", "matmul-merge add 2560×10240"]);
  const run = { position: 0, tokens: 256 };
  expect(kernelCost(config, run, split)?.operations).toBe(2 * 256 * 2560 * 10240);
  expect(kernelCost(config, run, merge)).toEqual({ bytes: 2 * 4 * 256 * 2560, leastBytes: 0, operations: 0 });
});

test("what a dispatch moves and computes", () => {
  const one = { position: 2047, tokens: 1 };
  expect(kernelCost(config, one, named("int4-matvec swiglu 20480×2560"))).toEqual({
    leastBytes: (20480 * 2560 * 4.5) / 8,
    bytes: (20480 * 2560 * 4.5) / 8 + 4 * (2560 + 10240),
    operations: 2 * 20480 * 2560,
  });
  expect(kernelCost(config, one, named("embedding 200064×2560"))?.leastBytes).toBe((2560 * 4.5) / 8);
  expect(kernelCost(config, one, named("attention-split full"))?.leastBytes).toBe(2048 * 20 * 64 * 2 * 2);
  expect(kernelCost(config, one, named("attention-split window"))?.leastBytes).toBe(512 * 20 * 64 * 2 * 2);
  expect(kernelCost(config, one, named("something new"))).toBeUndefined();
});

test("a chunk sees the window before each of its rows", () => {
  const group = named("attention-split window");
  const cost = kernelCost(config, { position: 0, tokens: 256 }, group);
  expect(cost?.leastBytes).toBe(256 * 20 * 64 * 2 * 2);
  expect(cost?.operations).toBe(((256 * 257) / 2) * 2 * 40 * 3 * 64);
});
