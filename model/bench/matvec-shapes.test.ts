import { expect, test } from "vitest";
import { parseConfig } from "../config";
import publishedConfig from "../oracle/fixtures/full/config.json";
import { matvecShapes } from "./matvec-shapes";

const config = parseConfig(publishedConfig);

test("each shape once, the most bytes of a token first", () => {
  const labels = [
    "embedding model.embed_tokens.weight",
    "int4-matvec convolve model.layers.0.attn.in_proj.weight",
    "f16-matvec store model.layers.0.attn.x_proj.weight",
    "int4-matvec swiglu model.layers.0.mlp.fc1.weight",
    "int4-matvec gate model.layers.18.attn.in_proj.weight",
    "int4-matvec swiglu model.layers.18.mlp.fc1.weight",
    "sample pick",
  ];
  expect(matvecShapes(labels, config)).toMatchObject([
    { name: "int4-matvec swiglu 20480×2560", format: "int4", epilogue: "swiglu", count: 2, bytes: 29_491_200 },
    { name: "int4-matvec convolve 10240×2560", rows: 10240, cols: 2560, epilogue: "store", count: 1 },
    { name: "int4-matvec gate 5120×2560", epilogue: "gate", count: 1 },
    { name: "f16-matvec store 192×5120", format: "f16", epilogue: "store", count: 1, bytes: 1_966_080 },
  ]);
});
