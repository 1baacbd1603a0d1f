import { expect, test } from "vitest";
import type { Gpu } from "../../device";
import { createTensor, download } from "../../tensor";
import {
  expectClose,
  openTestGpu,
  POISON,
  poisonedTensor,
  randomTensor,
  run,
  stepOf,
  type TensorWithValues,
  tensorOf,
} from "../../testing/harness";
import { depthwiseConv } from "./depthwise-conv";
import { depthwiseConvReference } from "./depthwise-conv.reference";

// Four products of size up to 4 and a bias, in f32; exp and the division are good to a few ulp.
const TOLERANCE = { relative: 1e-5, absolute: 2e-6 };

const channels = (gpu: Gpu, innerSize: number) => ({
  weight: randomTensor(gpu, "weight", [innerSize, 4], 2),
  bias: randomTensor(gpu, "bias", [innerSize], 3),
  state: randomTensor(gpu, "state", [innerSize, 4], 4),
});

/** Columns [0, innerSize) of (rows, stride). */
const left = ({ values, shape: [, stride = 0] }: TensorWithValues, rows: number, innerSize: number): Float32Array =>
  Float32Array.from(
    { length: rows * innerSize },
    (_, i) => values[Math.floor(i / innerSize) * stride + (i % innerSize)] ?? Number.NaN,
  );

const valuesOf = ({ weight, bias, state }: Record<"weight" | "bias" | "state", TensorWithValues>) => ({
  weight: weight.values,
  bias: bias.values,
  state: state.values,
});

test.each([
  { tokens: 1, innerSize: 5120 }, // published innerSize, decode
  { tokens: 2, innerSize: 768 }, // tiny innerSize; half the state stays
  { tokens: 3, innerSize: 70 }, // one old input stays; a workgroup that is not full
  { tokens: 4, innerSize: 64 }, // exactly the width
  { tokens: 16, innerSize: 64 }, // exactly a tile
  { tokens: 17, innerSize: 64 }, // a tile of one token, whose window lies in the tile before
  { tokens: 50, innerSize: 768 },
])("goes on from a state for ($tokens, $innerSize)", async ({ tokens, innerSize }) => {
  const gpu = await openTestGpu();
  const step = stepOf(gpu, { tokens });
  const x = randomTensor(gpu, "x", [tokens, 2 * innerSize], 1);
  const weights = channels(gpu, innerSize);
  const out = poisonedTensor(gpu, "out", [tokens, innerSize]);

  const actual = await run(gpu, () => depthwiseConv(gpu, { step, x, ...weights, out }), out, tokens);

  const expected = depthwiseConvReference({ x: left(x, tokens, innerSize), ...valuesOf(weights) });
  expectClose(actual, expected.out, TOLERANCE);
  expect(await download(gpu, weights.state)).toEqual(expected.state);
});

test("leaves rows past step.tokens alone, and keeps them out of the state", async () => {
  const gpu = await openTestGpu();
  const [capacity, tokens, innerSize] = [20, 5, 64];
  const step = stepOf(gpu, { tokens });
  const x = randomTensor(gpu, "x", [capacity, innerSize], 1);
  const weights = channels(gpu, innerSize);
  const out = poisonedTensor(gpu, "out", [capacity, innerSize]);

  const actual = await run(gpu, () => depthwiseConv(gpu, { step, x, ...weights, out }), out, capacity);

  const expected = depthwiseConvReference({ x: left(x, tokens, innerSize), ...valuesOf(weights) });
  expectClose(actual.subarray(0, tokens * innerSize), expected.out, TOLERANCE);
  expect(new Set(actual.subarray(tokens * innerSize))).toEqual(new Set([POISON]));
  expect(await download(gpu, weights.state)).toEqual(expected.state);
});

test("two runs equal one, bit for bit", async () => {
  const gpu = await openTestGpu();
  const [tokens, cut, innerSize] = [21, 18, 64];
  const x = randomTensor(gpu, "x", [tokens, innerSize], 1).values;
  const scan = async (state: TensorWithValues, begin: number, end: number): Promise<Float32Array> => {
    const rows = end - begin;
    const slice = tensorOf(gpu, "x", [rows, innerSize], x.slice(begin * innerSize, end * innerSize));
    const out = poisonedTensor(gpu, "out", [rows, innerSize]);
    const tensors = { step: stepOf(gpu, { tokens: rows }), x: slice, ...channels(gpu, innerSize), state, out };
    return run(gpu, () => depthwiseConv(gpu, tensors), out, rows);
  };
  const [whole, parts] = [channels(gpu, innerSize).state, channels(gpu, innerSize).state];

  const once = await scan(whole, 0, tokens);
  const twice = [...(await scan(parts, 0, cut)), ...(await scan(parts, cut, tokens))];

  expect(twice).toEqual(Array.from(once));
  expect(await download(gpu, parts)).toEqual(await download(gpu, whole));
});

test("does not write the state of a sequence that has ended", async () => {
  const gpu = await openTestGpu();
  const innerSize = 64;
  const x = randomTensor(gpu, "x", [1, innerSize], 1);
  const weights = channels(gpu, innerSize);
  const out = poisonedTensor(gpu, "out", [1, innerSize]);

  await run(gpu, () => depthwiseConv(gpu, { step: stepOf(gpu, { done: 1 }), x, ...weights, out }), out);

  expect(await download(gpu, weights.state)).toEqual(weights.state.values);
});

test("names the tensor whose shape is wrong", async () => {
  const gpu = await openTestGpu();
  const tensors = {
    step: stepOf(gpu),
    x: createTensor(gpu, "x", [2, 16]),
    weight: createTensor(gpu, "weight", [8, 3]),
    bias: createTensor(gpu, "bias", [8]),
    state: createTensor(gpu, "state", [8, 4]),
    out: createTensor(gpu, "out", [2, 8]),
  };
  expect(() => depthwiseConv(gpu, tensors)).toThrow("weight has shape (8, 3), expected (8, 4)");
  const bias = createTensor(gpu, "bias", [32]);
  expect(() => depthwiseConv(gpu, { ...tensors, bias })).toThrow("x has 16 columns, expected at least 32");
});
