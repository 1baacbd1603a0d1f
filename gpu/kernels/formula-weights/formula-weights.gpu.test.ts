import { expect, test } from "vitest";
import type { Gpu } from "../../device";
import { checked, submit } from "../../recording";
import { createTensor, download, downloadBytes, type Tensor } from "../../tensor";
import { openTestGpu, POISON, poisonedTensor, tensorOf } from "../../testing/harness";
import {
  createFormulaSlice,
  type FormulaSlice,
  formulaWeights,
  MOST_FORMULA_ELEMENTS,
  writeFormulaSlice,
} from "./formula-weights";
import { formulaWeightsReference } from "./formula-weights.reference";

const LOGARITHMS = Float32Array.from({ length: 16 }, (_, i) => Math.log(i + 1));
const SEED = 0xdeadbeef;

const FORMULAS = [
  { what: "a published matrix", base: Float32Array.of(0), factor: Math.sqrt(3 / 2560), first: 0 },
  { what: "the end of the largest tensor", base: Float32Array.of(0), factor: 0.035, first: 200064 * 2560 - 4096 },
  { what: "a norm", base: Float32Array.of(1), factor: 0.1, first: 0 },
  { what: "a bias of Δ", base: Float32Array.of(-3.5), factor: 1, first: 4 },
  { what: "A_log, from the middle of a row on", base: LOGARITHMS, factor: 0.1, first: 10 },
  { what: "values that are subnormal in f16", base: Float32Array.of(0), factor: 1e-5, first: 0 },
];

async function run(gpu: Gpu, slice: FormulaSlice, base: Float32Array, out: Tensor, outType: "f32" | "f16") {
  const tensors = {
    slice: createFormulaSlice(gpu, "slice"),
    base: tensorOf(gpu, "base", [base.length], base),
    out,
    outType,
  };
  writeFormulaSlice(gpu, tensors.slice, slice);
  await checked(gpu, "formula-weights", () => submit(gpu, [formulaWeights(gpu, tensors)], slice.count));
}

const COUNT = 4096 - 6; // does not fill the last workgroup

test.each(FORMULAS)("f32, bit for bit: $what", async ({ base, factor, first }) => {
  const gpu = await openTestGpu();
  const slice = { seed: SEED, factor, period: base.length, first, count: COUNT, outFirst: 3 };
  const out = poisonedTensor(gpu, "out", [COUNT + 5]);
  await run(gpu, slice, base, out, "f32");
  const expected = new Float32Array(COUNT + 5).fill(POISON);
  expected.set(formulaWeightsReference(slice, base), 3);
  expect(await download(gpu, out)).toEqual(expected);
});

test.each(FORMULAS)("f16, bit for bit: $what", async ({ base, factor, first }) => {
  const gpu = await openTestGpu();
  const slice = { seed: SEED, factor, period: base.length, first, count: COUNT, outFirst: 4 };
  const out = createTensor(gpu, "out", [COUNT + 8], "f16");
  await run(gpu, slice, base, out, "f16");
  const expected = new Float16Array(COUNT + 8);
  expected.set(formulaWeightsReference(slice, base), 4);
  expect(new Float16Array(await downloadBytes(gpu, out)).subarray(0, COUNT + 8)).toEqual(expected);
});

test("refuses more elements than a grid has", async () => {
  const gpu = await openTestGpu();
  const slice = { seed: SEED, factor: 1, period: 1, first: 0, count: MOST_FORMULA_ELEMENTS + 1, outFirst: 0 };
  expect(() => writeFormulaSlice(gpu, createFormulaSlice(gpu, "slice"), slice)).toThrow("exceed one run");
});
