import { expect, test } from "vitest";
import { parseConfig } from "../config";
import publishedConfig from "../oracle/fixtures/full/config.json";
import { modelParts } from "./model-parts";

const config = parseConfig(publishedConfig);

/** A dispatch for each step of a token, as a software adapter runs it: of a layer of each kind. */
const PLAIN = [
  "embedding model.embed_tokens.weight",
  "layer-norm",
  "int4-matvec store model.layers.0.attn.in_proj.weight",
  "depthwise-conv",
  "f16-matvec store model.layers.0.attn.x_proj.weight",
  "scan-gated",
  "int4-matvec add model.layers.0.attn.out_proj.weight",
  "layer-norm",
  "int4-matvec swiglu model.layers.0.mlp.fc1.weight",
  "int4-matvec add model.layers.0.mlp.fc2.weight",
  "layer-norm",
  "int4-matvec store model.layers.1.attn.Wqkv.weight",
  "kv-append",
  "attention-split",
  "attention-merge",
  "int4-matvec add model.layers.1.attn.out_proj.weight",
  "int4-matvec swiglu model.layers.1.mlp.fc1.weight",
  "int4-matvec store model.layers.17.attn.Wqkv.weight",
  "attention-split",
  "int4-matvec gate model.layers.18.attn.in_proj.weight",
  "int4-matvec store model.layers.19.attn.Wqkv.weight",
  "attention-split",
  "layer-norm",
  "int4-matvec store model.embed_tokens.weight",
  "sample scan",
  "sample pick",
];

test("each dispatch works for one part of the model, its layers counted", () => {
  const parts = modelParts(PLAIN, config);
  expect(parts.map(({ part, layers, indices }) => [part, layers, ...indices])).toEqual([
    ["embedding", 1, 0],
    ["mamba", 1, 1, 2, 3, 4, 5, 6],
    ["sliding", 1, 10, 11, 12, 13, 14, 15],
    ["full", 1, 17, 18],
    ["gmu", 1, 19],
    ["cross", 1, 20, 21],
    ["mlp", 2, 7, 8, 9, 16],
    ["lm head", 1, 22, 23],
    ["sampler", 1, 24, 25],
  ]);
  expect(parts.flatMap(({ indices }) => indices).sort((a, b) => a - b)).toEqual([...PLAIN.keys()]);
});

test("where LayerNorms go with the products", () => {
  const fused = PLAIN.filter((label) => label !== "layer-norm").map((label) => label.replace("matvec", "fixed-matvec"));
  const parts = modelParts(fused, config);
  expect(parts.map(({ part, indices }) => [part, indices.length])).toEqual([
    ...[
      ["embedding", 1],
      ["mamba", 5],
      ["sliding", 5],
      ["full", 2],
      ["gmu", 1],
      ["cross", 2],
    ],
    ...[
      ["mlp", 3],
      ["lm head", 1],
      ["sampler", 2],
    ],
  ]);
});

test("what comes before all that has a place is refused", () => {
  expect(() => modelParts(["kv-append"], config)).toThrow('"kv-append" belongs to no part');
});
