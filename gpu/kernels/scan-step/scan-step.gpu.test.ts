import { expect, test } from "vitest";
import type { Gpu } from "../../device";
import { createFixed } from "../../fixed-point";
import { fixedPointReference, fromFixedPoint } from "../../fixed-point.reference";
import { sliceRows } from "../../matrix";
import { createTensor, download, downloadBytes, upload } from "../../tensor";
import { expectClose, openTestGpu, poisonedTensor, randomValues, run, stepOf, tensorOf } from "../../testing/harness";
import { randomF16 } from "../../testing/random-matrix";
import { scanStepGated, scanStepMemory } from "./scan-step";
import { type ScanStepInputs, scanStepReference } from "./scan-step.reference";

interface Sizes {
  innerSize: number;
  deltaRank: number;
}

// As the scan's: y sums 16 products and D u, of size 1 to 10, each a few ulp off.
const TOLERANCE = { relative: 1e-5, absolute: 1e-5 };

/** [δ | B | C]: small δ, so that W δ, of up to 160 terms, stays of the size of the bias. */
const projectedOf = ({ deltaRank }: Sizes, seed: number): Float32Array =>
  randomValues(deltaRank + 32, seed, 1).map((value, i) => (i < deltaRank ? 0.1 * value : value));

const xzOf = ({ innerSize }: Sizes, seed: number): Float32Array =>
  randomValues(2 * innerSize, seed).map((value, i) => (i < innerSize ? value : 3 * value));

/** Values like a trained model's: A near −1 … −16, Δ from 0.001 (delta −7) to 0.6 (delta −0.2). */
function operandsOf(gpu: Gpu, sizes: Sizes) {
  const { innerSize, deltaRank } = sizes;
  const weight = randomF16(gpu, [innerSize, deltaRank], 7);
  const inputs: ScanStepInputs = {
    xz: xzOf(sizes, 1),
    projected: projectedOf(sizes, 2),
    weight,
    bias: randomValues(innerSize, 3, 3.4).map((value) => value - 3.6),
    aLog: randomValues(innerSize * 16, 4, 0.1).map((value, i) => value + Math.log((i % 16) + 1)),
    d: randomValues(innerSize, 5, 0.1).map((value) => value + 1),
    state: randomValues(innerSize * 16, 6),
  };
  const tensors = () => ({
    step: stepOf(gpu),
    xz: tensorOf(gpu, "xz", [1, 2 * innerSize], inputs.xz),
    projected: tensorOf(gpu, "projected", [1, deltaRank + 32], inputs.projected),
    weight,
    bias: tensorOf(gpu, "bias", [innerSize], inputs.bias),
    aLog: tensorOf(gpu, "aLog", [innerSize, 16], inputs.aLog),
    d: tensorOf(gpu, "d", [innerSize], inputs.d),
    state: tensorOf(gpu, "state", [innerSize, 16], inputs.state),
    out: poisonedTensor(gpu, "out", [1, innerSize]),
  });
  return { inputs, tensors };
}

test.each([
  { innerSize: 768, deltaRank: 24 }, // tiny
  { innerSize: 5120, deltaRank: 160 }, // published
  { innerSize: 70, deltaRank: 4 }, // a workgroup that is not full, lanes without a vector of W
  { innerSize: 1, deltaRank: 172 }, // a batch and a rest of three vectors
])("both match the reference for $innerSize channels, deltaRank $deltaRank", async (sizes) => {
  const gpu = await openTestGpu();
  const { inputs, tensors } = operandsOf(gpu, sizes);
  const [gated, plain] = [tensors(), tensors()];

  const gatedActual = await run(gpu, () => scanStepGated(gpu, gated), gated.out);
  const plainActual = await run(gpu, () => scanStepMemory(gpu, plain), plain.out);

  const expected = scanStepReference(inputs);
  expectClose(gatedActual, expected.gated, TOLERANCE);
  expectClose(await download(gpu, gated.state), expected.state, TOLERANCE);
  expectClose(plainActual, expected.memory, TOLERANCE);
  expectClose(await download(gpu, plain.state), expected.state, TOLERANCE);
});

test("goes on from the state of the token before, until the sequence has ended", async () => {
  const gpu = await openTestGpu();
  const sizes = { innerSize: 40, deltaRank: 8 };
  const { inputs, tensors } = operandsOf(gpu, sizes);
  const operands = tensors();
  let { state } = inputs;
  for (let token = 0; token < 6; token++) {
    const xz = xzOf(sizes, 10 + token);
    const projected = projectedOf(sizes, 20 + token);
    upload(gpu, operands.xz, xz);
    upload(gpu, operands.projected, projected);
    const actual = await run(gpu, () => scanStepGated(gpu, operands), operands.out);
    const expected = scanStepReference({ ...inputs, xz, projected, state });
    expectClose(actual, expected.gated, TOLERANCE);
    state = expected.state;
  }
  const last = await download(gpu, operands.state);
  expectClose(last, state, TOLERANCE);

  await run(gpu, () => scanStepGated(gpu, { ...operands, step: stepOf(gpu, { done: 1 }) }), operands.out);
  expect(await download(gpu, operands.state)).toEqual(last);
});

test("survives delta of any size", async () => {
  const gpu = await openTestGpu();
  const { inputs, tensors } = operandsOf(gpu, { innerSize: 32, deltaRank: 4 });
  const extremes = [-1e4, -90, -30, -12, 0, 12, 90, 1e4];
  inputs.bias.forEach((_, i) => {
    inputs.bias[i] = extremes[i % extremes.length] ?? 0;
  });
  const operands = tensors();

  const actual = await run(gpu, () => scanStepMemory(gpu, operands), operands.out);

  // Δ of 1e4 makes states of 2e4, of which y sums sixteen with either sign: 16 · 2e4 · 6e-8 may remain of nothing.
  const expected = scanStepReference(inputs);
  expectClose(actual, expected.memory, { relative: 1e-5, absolute: 0.02 });
  expectClose(await download(gpu, operands.state), expected.state, TOLERANCE);
});

test("takes a slice of a taller matrix", async () => {
  const gpu = await openTestGpu();
  const { inputs, tensors } = operandsOf(gpu, { innerSize: 40, deltaRank: 8 });
  const taller = randomF16(gpu, [56, 8], 9);
  const operands = { ...tensors(), weight: sliceRows(taller, "slice", 12, 40) };

  const actual = await run(gpu, () => scanStepGated(gpu, operands), operands.out);

  const weight = { cols: 8, values: taller.values.slice(12 * 16) };
  expectClose(actual, scanStepReference({ ...inputs, weight }).gated, TOLERANCE);
});

test("writes fixed point for the next product", async () => {
  const gpu = await openTestGpu();
  const sizes = { innerSize: 96, deltaRank: 8 };
  const { inputs, tensors } = operandsOf(gpu, sizes);
  const { gated, memory, state } = scanStepReference(inputs);
  const largest = gated.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  // What is off by its tolerance may round to the next unit.
  const { relative, absolute } = TOLERANCE;
  const tolerance = { relative, absolute: absolute + largest * 2 ** -14 };
  const fixed = createFixed(gpu, "fixed", sizes.innerSize);
  const read = async () => fromFixedPoint(new Uint32Array(await downloadBytes(gpu, fixed)));

  await run(gpu, () => scanStepGated(gpu, { ...tensors(), out: fixed }), fixed);
  expectClose(await read(), fixedPointReference(gated), tolerance);

  upload(gpu, fixed, new Uint32Array(fixed.buffer.size / 4));
  const both = tensors();
  expectClose(await run(gpu, () => scanStepMemory(gpu, { ...both, gated: fixed }), both.out), memory, TOLERANCE);
  expectClose(await read(), fixedPointReference(gated), tolerance);
  expectClose(await download(gpu, both.state), state, TOLERANCE);
});

test("names the tensor whose shape is wrong", async () => {
  const gpu = await openTestGpu();
  const operands = operandsOf(gpu, { innerSize: 8, deltaRank: 4 }).tensors();
  const state = createTensor(gpu, "state", [8, 4]);
  expect(() => scanStepGated(gpu, { ...operands, state })).toThrow("state has shape (8, 4), expected (8, 16)");
  const projected = createTensor(gpu, "projected", [1, 32]);
  expect(() => scanStepGated(gpu, { ...operands, projected })).toThrow("projected has shape (1, 32), expected (1, 36)");
  const out = createTensor(gpu, "out", [1, 9]);
  expect(() => scanStepMemory(gpu, { ...operands, out })).toThrow("out has shape (1, 9), expected (1, 8)");
  const odd = randomF16(gpu, [8, 6], 1);
  expect(() => scanStepGated(gpu, { ...operands, weight: odd })).toThrow("6 columns, expected a multiple of 4");
  const inParts = randomF16(gpu, [8, 4], 1, 4);
  expect(() => scanStepGated(gpu, { ...operands, weight: inParts })).toThrow("weight is in 2 parts, expected 1");
});
