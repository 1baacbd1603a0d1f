import { describe, expect, test } from "vitest";
import { createFixed } from "../../fixed-point";
import { fixedPointReference, fromFixedPoint } from "../../fixed-point.reference";
import { createTensor, downloadBytes } from "../../tensor";
import {
  expectClose,
  openTestGpu,
  poisonedTensor,
  randomTensor,
  randomValues,
  run,
  stepOf,
  tensorOf,
} from "../../testing/harness";
import { type AttentionMergePath, attentionMerge } from "./attention-merge";
import { attentionMergeReference } from "./attention-merge.reference";

/**
 * f32 sums of at most 64 splits, weights from exp of arguments up to 10 (a few 2^-24 each, times 10), and a difference
 * of two softmaxes that the norm brings back to about 1: some tens of 2^-24.
 */
const TOLERANCE = { relative: 1e-5, absolute: 2e-5 };
const HEAD_DIM = 64;
const ROW = 2 * HEAD_DIM + 4;

/** (splits, heads, ROW) as attention-split writes it: any sums, maxima within ±5, sums of weights from 1 up. */
function partialValues(splits: number, heads: number): Float32Array {
  return randomValues(splits * heads * ROW, 1, 5).map((value, i) => {
    const column = i % ROW;
    if (column < 2 * HEAD_DIM + 1) return value;
    return column === 2 * HEAD_DIM + 1 ? 6 + value : 0;
  });
}

interface Case {
  position: number;
  heads: number;
  splits: number;
  used: number;
  window?: number;
  splitLength: number;
}

const CASES: readonly (Case & { what: string })[] = [
  // `used`: splits that have keys. The others hold what an earlier, longer run may have left: it must not count.
  { what: "the first position", position: 0, heads: 6, splits: 2, used: 1, window: 128, splitLength: 64 },
  { what: "the first split full", position: 63, heads: 6, splits: 2, used: 1, window: 128, splitLength: 64 },
  { what: "the second split begun", position: 64, heads: 6, splits: 2, used: 2, window: 128, splitLength: 64 },
  { what: "a window far behind", position: 5000, heads: 6, splits: 2, used: 2, window: 128, splitLength: 64 },
  { what: "published heads, no window", position: 40 * 64 - 1, heads: 40, splits: 50, used: 40, splitLength: 64 },
  // The grouped path takes 16 splits at a time, every fourth of them in a group of lanes.
  { what: "three splits", position: 2 * 64, heads: 4, splits: 64, used: 3, splitLength: 64 },
  { what: "sixteen splits", position: 511, heads: 4, splits: 16, used: 16, window: 512, splitLength: 32 },
  { what: "seventeen splits", position: 16 * 64, heads: 4, splits: 64, used: 17, splitLength: 64 },
  { what: "thirty-three splits", position: 33 * 64 - 1, heads: 4, splits: 64, used: 33, splitLength: 64 },
  { what: "as many splits as there may be", position: 64 * 64 - 1, heads: 4, splits: 64, used: 64, splitLength: 64 },
  { what: "a key more than 64 splits of 64 hold", position: 64 * 64, heads: 4, splits: 64, used: 33, splitLength: 64 },
  // 9000 keys in 16 splits of 64 do not fit, in 16 of 9 * 64 they do.
  { what: "splits of several lengths", position: 8999, heads: 4, splits: 16, used: 16, splitLength: 64 },
];

describe.each<AttentionMergePath>(["grouped", "direct"])("%s", (path) => {
  test.each(CASES)("merges $what", (given) => expectMatch(path, given));
});

async function expectMatch(path: AttentionMergePath, given: Case): Promise<void> {
  const { position, heads, splits, used, window: visible, splitLength } = given;
  const gpu = await openTestGpu();
  const step = stepOf(gpu, { position });
  const partials = tensorOf(gpu, "partials", [splits, heads, ROW], partialValues(splits, heads));
  const lambdas = randomTensor(gpu, "lambdas", [4, HEAD_DIM], 2, 0.2);
  const subln = randomTensor(gpu, "subln", [2 * HEAD_DIM], 3);
  const out = poisonedTensor(gpu, "out", [1, heads * HEAD_DIM]);
  const shared = { lambdaInit: 0.55, heads, headDim: HEAD_DIM };
  const call = { step, partials, lambdas, subln, out, ...shared, window: visible, splitLength };

  const actual = await run(gpu, () => attentionMerge(gpu, call, path), out);

  const read = partials.values.subarray(0, used * heads * ROW);
  const weights = { lambdas: lambdas.values, subln: subln.values };
  expectClose(actual, attentionMergeReference({ ...shared, ...weights, partials: read }), TOLERANCE);
}

test("writes fixed point for the next product", async () => {
  const gpu = await openTestGpu();
  const [heads, splits] = [6, 3];
  const step = stepOf(gpu, { position: 150 });
  const partials = tensorOf(gpu, "partials", [splits, heads, ROW], partialValues(splits, heads));
  const lambdas = randomTensor(gpu, "lambdas", [4, HEAD_DIM], 2, 0.2);
  const subln = randomTensor(gpu, "subln", [2 * HEAD_DIM], 3);
  const out = createFixed(gpu, "out", heads * HEAD_DIM);
  const shared = { lambdaInit: 0.55, heads, headDim: HEAD_DIM };
  const call = { step, partials, lambdas, subln, out, ...shared, splitLength: 64 };
  await run(gpu, () => attentionMerge(gpu, call, "grouped"), out);
  const actual = fromFixedPoint(new Uint32Array(await downloadBytes(gpu, out)));
  const weights = { lambdas: lambdas.values, subln: subln.values };
  const merged = attentionMergeReference({ ...shared, ...weights, partials: partials.values });
  const largest = merged.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  // What is off by its tolerance may round to the next unit.
  const { relative, absolute } = TOLERANCE;
  expectClose(actual, fixedPointReference(merged), { relative, absolute: absolute + largest * 2 ** -14 });
  expect(() => attentionMerge(gpu, call, "direct")).toThrow("the direct path writes no fixed point");
});

test("names what does not fit", async () => {
  const gpu = await openTestGpu();
  const step = stepOf(gpu);
  const partials = createTensor(gpu, "partials", [2, 6, ROW]);
  const lambdas = createTensor(gpu, "lambdas", [4, HEAD_DIM]);
  const subln = createTensor(gpu, "subln", [2 * HEAD_DIM]);
  const out = createTensor(gpu, "out", [1, 384]);
  const sizes = { lambdaInit: 0.5, heads: 6, headDim: HEAD_DIM, splitLength: 64 };
  const good = { step, partials, lambdas, subln, out, ...sizes };
  expect(() => attentionMerge(gpu, { ...good, headDim: 128 })).toThrow("headDim is 128, expected 64");
  expect(() => attentionMerge(gpu, { ...good, heads: 4 })).toThrow("partials has shape (2, 6, 132)");
  const many = createTensor(gpu, "partials", [65, 6, ROW]);
  expect(() => attentionMerge(gpu, { ...good, partials: many })).toThrow("partials has 65 splits, expected at most 64");
  expect(() => attentionMerge(gpu, { ...good, lambdas: subln })).toThrow("lambdas has shape");
  expect(() => attentionMerge(gpu, { ...good, out: subln })).toThrow("out has shape");
});
