import { describe, expect, test } from "vitest";
import type { Gpu } from "../../device";
import { createTensor, upload } from "../../tensor";
import {
  expectClose,
  openTestGpu,
  POISON,
  poisonedTensor,
  randomTensor,
  randomValues,
  run,
  stepOf,
} from "../../testing/harness";
import { type AttentionWindowPath, attentionWindow } from "./attention-window";
import { attentionWindowReference } from "./attention-window.reference";

/**
 * Keys and values are the same f16 numbers on both sides. What is left is f32 arithmetic: a dot product of 64 terms of
 * up to 4 may be off by 2^-24 * 64 * 4 / 8 = 2e-6, which exp makes a relative error of a weight; the difference of two
 * softmaxes over many keys is small beside its terms, and the norm enlarges it to about 1: another factor of ten.
 */
const TOLERANCE = { relative: 2e-5, absolute: 4e-5 };
const HEAD_DIM = 64;

interface Case {
  position: number;
  tokens: number;
  /** Rows that the tensors hold. */
  rows?: number;
  heads: number;
  kvHeads: number;
  window: number;
  capacity: number;
}

function ringOf(gpu: Gpu, label: string, capacity: number, width: number, seed: number) {
  const half = Float16Array.from(randomValues(capacity * width, seed));
  const tensor = createTensor(gpu, label, [capacity, width], "f16");
  upload(gpu, tensor, new Uint16Array(half.buffer));
  return { ...tensor, half };
}

async function expectMatch(path: AttentionWindowPath, given: Case): Promise<void> {
  const { position, tokens, rows = tokens, heads, kvHeads, window: visible, capacity } = given;
  const gpu = await openTestGpu();
  const step = stepOf(gpu, { position, tokens });
  const stride = (heads + 2 * kvHeads) * HEAD_DIM;
  const qkv = randomTensor(gpu, "qkv", [rows, stride], 1);
  const keys = ringOf(gpu, "keys", capacity, kvHeads * HEAD_DIM, 2);
  const values = ringOf(gpu, "values", capacity, kvHeads * HEAD_DIM, 3);
  const lambdas = randomTensor(gpu, "lambdas", [4, HEAD_DIM], 4, 0.2);
  const subln = randomTensor(gpu, "subln", [2 * HEAD_DIM], 5);
  const out = poisonedTensor(gpu, "out", [rows, heads * HEAD_DIM]);
  const sizes = { heads, kvHeads, headDim: HEAD_DIM, window: visible, lambdaInit: 0.55 };
  const call = { step, qkv, keys, values, lambdas, subln, out, ...sizes };

  const actual = await run(gpu, () => attentionWindow(gpu, call, path), out, rows);

  const halves = { keys: keys.half, values: values.half };
  const weights = { lambdas: lambdas.values, subln: subln.values };
  const input = { ...halves, ...weights, ...sizes, qkv: qkv.values, stride, position, tokens };
  const expected = attentionWindowReference(input);
  expectClose(actual.subarray(0, expected.length), expected, TOLERANCE);
  expect(actual.subarray(expected.length).every((value) => value === POISON)).toBe(true);
}

// 40 rows of room over a window of 128: the ring has not a slot too many.
const tiny = { heads: 6, kvHeads: 2, window: 128, capacity: 167, rows: 40 };

// `tiled` takes seconds to compile on a software adapter, so it gets two sets of sizes.
describe.each<AttentionWindowPath>(["tiled", "direct"])("%s", (path) => {
  test.each([
    { position: 0, tokens: 1 },
    { position: 0, tokens: 40 },
    { position: 100, tokens: 40 }, // the window's end passes position 0 on the way
    { position: 127, tokens: 2 },
    { position: 128, tokens: 1 },
    { position: 150, tokens: 37 }, // around the end of the ring
    { position: 1000, tokens: 40 },
  ])("the tiny model, $tokens rows from position $position", (run) => expectMatch(path, { ...tiny, ...run }));

  test("pairs, two key/value pairs", () =>
    expectMatch(path, { heads: 8, kvHeads: 4, window: 16, position: 30, tokens: 7, capacity: 22 }));
});

test.each([
  {
    what: "micro, a chunk longer than the window",
    heads: 4,
    kvHeads: 2,
    window: 16,
    position: 3,
    tokens: 45,
    capacity: 60,
  },
  { what: "published heads and window", heads: 40, kvHeads: 20, window: 512, position: 600, tokens: 3, capacity: 514 },
])("direct: $what", ({ what: _, ...sizes }) => expectMatch("direct", sizes));

test("names what does not fit", async () => {
  const gpu = await openTestGpu();
  const step = stepOf(gpu);
  const qkv = createTensor(gpu, "qkv", [5, 640]);
  const keys = createTensor(gpu, "keys", [20, 128], "f16");
  const lambdas = createTensor(gpu, "lambdas", [4, HEAD_DIM]);
  const subln = createTensor(gpu, "subln", [2 * HEAD_DIM]);
  const out = createTensor(gpu, "out", [5, 384]);
  const sizes = { lambdaInit: 0.5, heads: 6, kvHeads: 2, headDim: HEAD_DIM, window: 16 };
  const good = { step, qkv, keys, values: keys, lambdas, subln, out, ...sizes };
  expect(() => attentionWindow(gpu, { ...good, window: 17 })).toThrow("keys has 20 slots, expected at least 21");
  expect(() => attentionWindow(gpu, { ...good, headDim: 32 })).toThrow("headDim is 32, expected 64");
  expect(() => attentionWindow(gpu, { ...good, kvHeads: 4 })).toThrow("6 heads do not share 4 kvHeads");
  expect(() => attentionWindow(gpu, { ...good, heads: 12 })).toThrow("qkv has 640 columns, expected at least 768");
  expect(() => attentionWindow(gpu, { ...good, out: qkv })).toThrow("out has shape (5, 640), expected (5, 384)");
});
