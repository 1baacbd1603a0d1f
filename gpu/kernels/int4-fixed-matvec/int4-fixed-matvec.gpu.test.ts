import { expect, test } from "vitest";
import type { Gpu } from "../../device";
import type { Epilogue } from "../../epilogue";
import { createFixed, createNormed, FIXED_ROWS, MOMENT_ROWS, OCTET } from "../../fixed-point";
import { fixedPointReference, fromFixedPoint, octetMoments, toFixedPoint } from "../../fixed-point.reference";
import { createTensor, downloadBytes, type Tensor, upload } from "../../tensor";
import { expectClose, openTestGpu, poisonedTensor, randomTensor, randomValues, run } from "../../testing/harness";
import { randomInt4 } from "../../testing/random-matrix";
import type { FixedMatvecShape } from "./fixed-matvec-shape";
import { int4FixedMatvec } from "./int4-fixed-matvec";
import { int4FixedMatvecReference } from "./int4-fixed-matvec.reference";

type Kind = Epilogue["kind"];

interface Case {
  rows: number;
  cols: number;
  kind: Kind;
  shape: FixedMatvecShape;
  partRows?: number;
}

/** f32 sums of `cols` / 32 groups, of which each is at most 32 · 8 · 0.15 · 2 and rounded a few times. */
const tolerance = (cols: number) => ({ relative: 1e-5, absolute: cols * 8 * 0.15 * 2 ** -23 });

function fixedTensor(gpu: Gpu, values: Float32Array): Tensor {
  const x = createFixed(gpu, "x", values.length);
  upload(gpu, x, toFixedPoint(values));
  return x;
}

async function given({ rows, cols, kind, partRows }: Case) {
  const gpu = await openTestGpu();
  const outputs = kind === "swiglu" ? rows / 2 : rows;
  const weight = randomInt4(gpu, [rows, cols], 1, partRows);
  const values = randomValues(cols, 3, 1);
  const x = fixedTensor(gpu, values);
  const bias = randomTensor(gpu, "bias", [rows], 4);
  const gate = randomTensor(gpu, "gate", [1, outputs], 5);
  const before = randomTensor(gpu, "out", [1, outputs], 6);
  const epilogue: Epilogue = kind === "gate" ? { kind, gate } : { kind };
  const expected = int4FixedMatvecReference({
    ...{ weight, x: values, bias: bias.values, epilogue: kind, before: before.values, gate: gate.values },
  });
  return { gpu, outputs, weight, x, bias, before, epilogue, expected };
}

const SMALL: FixedMatvecShape = { lanes: 3, rowsPerLane: 2, slots: 4 };

// Compiling a kernel with barriers costs the software adapter a second each, so not every pair of shape and epilogue.
test.each<Case>([
  { kind: "store", rows: 46, cols: 96, shape: SMALL },
  { kind: "add", rows: 46, cols: 96, shape: { ...SMALL, rowsPerLane: 1 } },
  { kind: "swiglu", rows: 60, cols: 160, shape: { ...SMALL, lanes: 2, rowsPerLane: 4 } }, // lanes with a group less
  { kind: "gate", rows: 70, cols: 64, shape: { lanes: 4, rowsPerLane: 4, slots: 5 }, partRows: 32 }, // lanes with none
  { kind: "store", rows: 20, cols: 2560, shape: { lanes: 20, rowsPerLane: 4, slots: 8 } }, // published width
  { kind: "add", rows: 24, cols: 10240, shape: { lanes: 64, rowsPerLane: 2, slots: 2 } }, // published fc2, a slice
])("epilogue $kind, ($rows, $cols)", async (test) => {
  const { gpu, weight, x, bias, before, epilogue, expected } = await given(test);
  const call = { weight, x, bias, out: before, epilogue };
  const actual = await run(gpu, () => int4FixedMatvec(gpu, call, test.shape), before);
  expectClose(actual, expected, tolerance(test.cols));
});

test.each<Case>([
  { kind: "swiglu", rows: 192, cols: 96, shape: { lanes: 3, rowsPerLane: 4, slots: 4 } },
  { kind: "gate", rows: 96, cols: 64, shape: { lanes: 4, rowsPerLane: 4, slots: 8 }, partRows: 32 },
])("out in fixed point, epilogue $kind", async (test) => {
  const { gpu, outputs, weight, x, bias, epilogue, expected } = await given(test);
  const out = createFixed(gpu, "out", outputs);
  await run(gpu, () => int4FixedMatvec(gpu, { weight, x, bias, out, epilogue }, test.shape), out);
  const actual = fromFixedPoint(new Uint32Array(await downloadBytes(gpu, out)));
  // An output that is off by its tolerance may round to the next unit, 2⁻¹⁴ of the largest of its octet at most.
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const { relative, absolute } = tolerance(test.cols);
  expectClose(actual, fixedPointReference(expected), { relative, absolute: 20 * absolute + largest * 2 ** -14 });
});

test.each<Case>([
  { kind: "add", rows: 96, cols: 160, shape: { lanes: 3, rowsPerLane: 2, slots: 4 } },
  { kind: "add", rows: 96, cols: 64, shape: { lanes: 4, rowsPerLane: 4, slots: 4 }, partRows: 32 },
])("added, and made ready for the next norm; parts of $partRows rows", async (test) => {
  const { gpu, weight, x, bias, before, expected } = await given(test);
  const parameters = randomTensor(gpu, "norm", [2, test.rows], 7);
  const out = createNormed(gpu, "next", test.rows);
  const epilogue = { kind: "add" as const, next: { parameters, out } };
  const sum = await run(
    gpu,
    () => int4FixedMatvec(gpu, { weight, x, bias, out: before, epilogue }, test.shape),
    before,
  );
  expectClose(sum, expected, tolerance(test.cols));
  const words = new Uint32Array(await downloadBytes(gpu, out));
  const weighted = sum.map((value, row) => value * (parameters.values[row] ?? Number.NaN));
  expect(fromFixedPoint(words, FIXED_ROWS + MOMENT_ROWS)).toEqual(fixedPointReference(weighted));
  const moments = new Float32Array(words.buffer).slice((FIXED_ROWS * test.rows) / OCTET);
  const expectedMoments = octetMoments(sum);
  const exact = [...expectedMoments.map(({ mean }) => mean), ...expectedMoments.map(({ squares }) => squares)];
  expectClose(moments, Float32Array.from(exact), { relative: 1e-6, absolute: 1e-6 });
});

test("fixed point holds what is large, small, zero and on the edge of a unit", async () => {
  const gpu = await openTestGpu();
  // An identity of codes 9, or 1, with scale 1 multiplies x by 1 where the columns agree.
  const cols = 96;
  const weight = randomInt4(gpu, [cols, cols], 1);
  weight.values.fill(0x88);
  for (let i = 0; i < cols; i++) weight.values[(i * cols + i) >> 1] = i % 2 === 0 ? 0x89 : 0x98;
  new Float16Array(weight.scales.buffer).fill(1);
  for (const { values, scales } of weight.parts) {
    gpu.device.queue.writeBuffer(values, 0, weight.values as Uint8Array<ArrayBuffer>);
    if (scales) gpu.device.queue.writeBuffer(scales, 0, weight.scales as Uint8Array<ArrayBuffer>);
  }
  const values = randomValues(cols, 2, 1);
  values.set([1, -1, 0.5, 1 - 2 ** -20, -(2 ** -15), 2 ** -16, 3 * 2 ** -16, 0.99609375], 0);
  values.fill(0, 32, 64);
  values.set([3e38, -3e38, 1e30], 64);
  const out = poisonedTensor(gpu, "out", [1, cols]);
  const x = fixedTensor(gpu, values);
  const epilogue = { kind: "store" as const };
  const actual = await run(gpu, () => int4FixedMatvec(gpu, { weight, x, out, epilogue }, SMALL), out);
  expect(actual).toEqual(fixedPointReference(values));
});

test("names what does not fit", async () => {
  const gpu = await openTestGpu();
  const weight = randomInt4(gpu, [64, 32], 1);
  const x = createFixed(gpu, "x", 32);
  const out = createTensor(gpu, "out", [1, 64]);
  const wide = createFixed(gpu, "wide", 64);
  const multiply = (tensors: Partial<Parameters<typeof int4FixedMatvec>[1]>, shape?: FixedMatvecShape) => () =>
    int4FixedMatvec(gpu, { weight, x, out, epilogue: { kind: "store" }, ...tensors }, shape);
  expect(multiply({ x: wide })).toThrow("wide has shape (5, 2, 4), expected (5, 1, 4)");
  expect(multiply({ x: { ...x, type: "f32" } })).toThrow("x is f32, expected u32, in fixed point");
  expect(multiply({ norm: { sums: out, eps: 1 } })).toThrow("x has shape (5, 1, 4), expected (7, 1, 4)");
  const normed = createNormed(gpu, "normed", 32);
  expect(multiply({ x: normed, norm: { sums: out, eps: 1 } })).toThrow("out has shape (1, 64), expected (2, 64)");
  const next = { parameters: out, out: wide };
  expect(multiply({ epilogue: { kind: "add", next } })).toThrow("wide has shape (5, 2, 4), expected (7, 2, 4)");
  expect(multiply({ out: wide })).toThrow("store does not write fixed point");
  expect(multiply({}, { ...SMALL, lanes: 9999 })).toThrow("weight: 39996 invocations are too many");
  const few: FixedMatvecShape = { lanes: 4, rowsPerLane: 1, slots: 4 };
  expect(multiply({ out: wide, epilogue: { kind: "gate", gate: out } }, few)).toThrow("not whole octets");
});
