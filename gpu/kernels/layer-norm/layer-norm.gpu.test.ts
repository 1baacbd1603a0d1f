import { expect, test } from "vitest";
import type { Gpu } from "../../device";
import { createTensor } from "../../tensor";
import {
  expectClose,
  openTestGpu,
  POISON,
  poisonedTensor,
  randomTensor,
  run,
  stepOf,
  tensorOf,
} from "../../testing/harness";
import { type LayerNormPath, layerNorm } from "./layer-norm";
import { layerNormReference } from "./layer-norm.reference";

const EPS = 1e-5;
// Results are of size 1 to 10; sums of a few dozen f32 terms per lane and an inverse square root good to 2 ulp.
const TOLERANCE = { relative: 2e-6, absolute: 2e-6 };

const affine = (gpu: Gpu, size: number) => ({
  weight: randomTensor(gpu, "weight", [size], 2),
  bias: randomTensor(gpu, "bias", [size], 3),
});

const PATHS: readonly LayerNormPath[] = ["grouped", "direct"];

test.each([
  { path: "grouped", tokens: 1, size: 2560 }, // published hiddenSize
  { path: "grouped", tokens: 9, size: 384 }, // tiny hiddenSize
  { path: "grouped", tokens: 2, size: 268 }, // lanes with one vector more than others
  { path: "direct", tokens: 1, size: 2560 },
  { path: "direct", tokens: 9, size: 384 },
  { path: "direct", tokens: 2, size: 268 },
  { path: "direct", tokens: 3, size: 4 }, // most lanes have nothing
] as const)("$path matches the reference for ($tokens, $size)", async ({ path, tokens, size }) => {
  const gpu = await openTestGpu();
  const step = stepOf(gpu, { tokens });
  const x = randomTensor(gpu, "x", [tokens, size], 1);
  const { weight, bias } = affine(gpu, size);
  const out = poisonedTensor(gpu, "out", [tokens, size]);

  const actual = await run(gpu, () => layerNorm(gpu, { step, x, weight, bias, out, eps: EPS }, path), out, tokens);

  expectClose(actual, layerNormReference(x.values, weight.values, bias.values, EPS), TOLERANCE);
});

test.each(PATHS)("%s keeps its digits when the mean is a thousand times the deviation", async (path) => {
  const gpu = await openTestGpu();
  const size = 2560;
  const noise = randomTensor(gpu, "noise", [1, size], 4).values;
  const x = tensorOf(
    gpu,
    "x",
    [1, size],
    noise.map((value) => 1000 + value),
  );
  const { weight, bias } = affine(gpu, size);
  const out = poisonedTensor(gpu, "out", [1, size]);
  const call = { step: stepOf(gpu), x, weight, bias, out, eps: EPS };

  const actual = await run(gpu, () => layerNorm(gpu, call, path), out);

  // The mean itself is rounded to 2⁻¹⁴ = 6e-5 (one ulp of 1000), give or take the roundings of its sum; weights reach 2.
  const expected = layerNormReference(x.values, weight.values, bias.values, EPS);
  expectClose(actual, expected, { relative: 1e-5, absolute: 4e-4 });
});

test.each(PATHS)("%s makes of a constant row the bias", async (path) => {
  const gpu = await openTestGpu();
  const size = 384;
  const x = tensorOf(gpu, "x", [1, size], new Float32Array(size).fill(3));
  const { weight, bias } = affine(gpu, size);
  const out = poisonedTensor(gpu, "out", [1, size]);
  const call = { step: stepOf(gpu), x, weight, bias, out, eps: EPS };

  const actual = await run(gpu, () => layerNorm(gpu, call, path), out);

  // A division may round, and leave x − mean an ulp of 3 (2.4e-7) instead of 0; eps limits the scale to 316, weights to 2.
  expectClose(actual, bias.values, { relative: 0, absolute: 2e-4 });
});

test.each(PATHS)("%s leaves rows past step.tokens alone", async (path) => {
  const gpu = await openTestGpu();
  const [capacity, tokens, size] = [5, 3, 384];
  const step = stepOf(gpu, { tokens });
  const x = randomTensor(gpu, "x", [capacity, size], 5);
  const { weight, bias } = affine(gpu, size);
  const out = poisonedTensor(gpu, "out", [capacity, size]);

  const actual = await run(gpu, () => layerNorm(gpu, { step, x, weight, bias, out, eps: EPS }, path), out, capacity);

  const expected = layerNormReference(x.values, weight.values, bias.values, EPS).fill(POISON, tokens * size);
  expectClose(actual, expected, TOLERANCE);
});

test("names the tensor whose shape is wrong", async () => {
  const gpu = await openTestGpu();
  const tensors = {
    step: stepOf(gpu),
    x: createTensor(gpu, "x", [2, 8]),
    weight: createTensor(gpu, "weight", [8]),
    bias: createTensor(gpu, "bias", [4]),
    out: createTensor(gpu, "out", [2, 8]),
    eps: EPS,
  };
  expect(() => layerNorm(gpu, tensors)).toThrow("bias has shape (4), expected (8)");
  const x = createTensor(gpu, "x", [2, 6]);
  expect(() => layerNorm(gpu, { ...tensors, x })).toThrow("x has 6 columns, expected a multiple of 4");
});
