import { expect, test } from "vitest";
import { createFixed, createNormed, FIXED_ROWS, OCTET } from "../../fixed-point";
import { toFixedPoint } from "../../fixed-point.reference";
import { createTensor, downloadBytes } from "../../tensor";
import { expectClose, openTestGpu, randomTensor, run, tensorOf } from "../../testing/harness";
import { toFixed } from "./to-fixed";
import { toFixedReference } from "./to-fixed.reference";

const EXTREMES = [3e38, -3e38, 1e30, 0, 1e-40, -1, 2 ** -15, 1 - 2 ** -20];

const fixedWords = (cols: number) => (FIXED_ROWS * cols) / OCTET;

test.each([32, 384, 2560, 5120])("a row of %i columns, extremes too, bit for bit", async (cols) => {
  const gpu = await openTestGpu();
  const x = randomTensor(gpu, "x", [1, cols], 1);
  x.values.set(EXTREMES, 0);
  x.values.fill(0, 8, 16);
  gpu.device.queue.writeBuffer(x.buffer, 0, x.values as Float32Array<ArrayBuffer>);
  const parameters = tensorOf(gpu, "norm", [1, cols], new Float32Array(cols).fill(1));
  const out = createNormed(gpu, "out", cols);
  await run(gpu, () => [toFixed(gpu, { x, parameters, out })], out);
  const actual = new Uint32Array(await downloadBytes(gpu, out));
  expect(actual.slice(0, fixedWords(cols))).toEqual(toFixedPoint(x.values));
});

test.each([32, 2560])("times the weight of a norm, with moments, %i columns", async (cols) => {
  const gpu = await openTestGpu();
  const x = randomTensor(gpu, "x", [1, cols], 1);
  const parameters = randomTensor(gpu, "norm", [2, cols], 2);
  const out = createNormed(gpu, "out", cols);
  await run(gpu, () => [toFixed(gpu, { x, parameters, out })], out);
  const actual = new Uint32Array(await downloadBytes(gpu, out));
  const expected = toFixedReference(x.values, parameters.values);
  const fixed = fixedWords(cols);
  expect(actual.slice(0, fixed)).toEqual(expected.slice(0, fixed));
  // Sums of eight.
  const moments = (words: Uint32Array) => new Float32Array(words.buffer).slice(fixed);
  expectClose(moments(actual), moments(expected), { relative: 1e-6, absolute: 1e-6 });
});

test("names what does not fit", async () => {
  const gpu = await openTestGpu();
  const x = createTensor(gpu, "x", [1, 64]);
  const out = createFixed(gpu, "out", 64);
  expect(() => toFixed(gpu, { x, parameters: x, out })).toThrow("out has shape (5, 2, 4), expected (7, 2, 4)");
  const narrow = createTensor(gpu, "norm", [2, 32]);
  expect(() => toFixed(gpu, { x, parameters: narrow, out: createNormed(gpu, "out", 64) })).toThrow("norm has shape");
});
