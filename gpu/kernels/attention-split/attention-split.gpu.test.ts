import { describe, expect, test } from "vitest";
import type { Gpu } from "../../device";
import { createTensor, upload } from "../../tensor";
import {
  expectClose,
  openTestGpu,
  POISON,
  poisonedTensor,
  randomBytes,
  randomTensor,
  randomValues,
  run,
  stepOf,
} from "../../testing/harness";
import { type AttentionSplitPath, attentionSplit, partialsShape } from "./attention-split";
import { attentionSplitReference } from "./attention-split.reference";

/**
 * Keys and values are the same numbers on both sides (f16, or a code of 8 bits times an f16 scale), so what is left is f32 arithmetic: dot products of 64 terms
 * of up to 4 (2^-24 * 64 * 4 = 1.5e-5 at worst) which exp turns into the same relative error of a weight, and sums of
 * up to a few hundred weighted values below 2.
 */
const TOLERANCE = { relative: 3e-5, absolute: 1e-4 };
const HEAD_DIM = 64;

interface Case {
  position: number;
  heads: number;
  kvHeads: number;
  capacity: number;
  window?: number;
  splitLength: number;
  splits: number;
  /** What a split takes; splitLength unless given. */
  length?: number;
  tokens?: number;
}

type Format = "f16" | "int8";

/** Keys and values in a format, and the numbers that they stand for. */
function cacheOf(gpu: Gpu, format: Format, capacity: number, kvHeads: number) {
  return format === "f16" ? halfCache(gpu, capacity, kvHeads) : codeCache(gpu, capacity, kvHeads);
}

function halfCache(gpu: Gpu, capacity: number, kvHeads: number) {
  const one = (label: string, seed: number) => {
    const half = Float16Array.from(randomValues(capacity * kvHeads * HEAD_DIM, seed));
    const tensor = createTensor(gpu, label, [capacity, kvHeads * HEAD_DIM], "f16");
    upload(gpu, tensor, new Uint16Array(half.buffer));
    return { tensor, numbers: half };
  };
  const [keys, values] = [one("keys", 2), one("values", 3)];
  return {
    tensors: { keys: keys.tensor, values: values.tensor },
    numbers: { keys: keys.numbers, values: values.numbers },
  };
}

function codeCache(gpu: Gpu, capacity: number, kvHeads: number) {
  // Scales between 0.01 and 0.0157, so that a value is below 2, as in f16.
  const half = Float16Array.from(randomValues(capacity * kvHeads * 2, 4, 0.00285), (value) => value + 0.01285);
  const scales = createTensor(gpu, "scales", [capacity, kvHeads, 2], "f16");
  upload(gpu, scales, new Uint16Array(half.buffer));
  const one = (label: string, seed: number, which: number) => {
    const codes = new Int8Array(randomBytes(capacity * kvHeads * HEAD_DIM, seed).buffer);
    const tensor = createTensor(gpu, label, [capacity, (kvHeads * HEAD_DIM) / 4], "u32");
    upload(gpu, tensor, new Uint32Array(codes.buffer));
    const scaleAt = (i: number) => half[2 * Math.floor(i / HEAD_DIM) + which] ?? Number.NaN;
    return { tensor, numbers: Float32Array.from(codes, (code, i) => code * scaleAt(i)) };
  };
  const [keys, values] = [one("keys", 2, 0), one("values", 3, 1)];
  return {
    tensors: { keys: keys.tensor, values: values.tensor, scales },
    numbers: { keys: keys.numbers, values: values.numbers },
  };
}

async function expectMatch(path: AttentionSplitPath, format: Format, given: Case): Promise<void> {
  const { position, heads, kvHeads, capacity, splitLength, splits, length = splitLength, tokens = 1 } = given;
  const gpu = await openTestGpu();
  const step = stepOf(gpu, { position: position - tokens + 1, tokens });
  const q = randomTensor(gpu, "q", [1, (heads + 2 * kvHeads) * HEAD_DIM], 1);
  const cache = cacheOf(gpu, format, capacity, kvHeads);
  const partials = poisonedTensor(gpu, "partials", partialsShape(heads, HEAD_DIM, splits));
  const sizes = { heads, kvHeads, headDim: HEAD_DIM };
  const call = { step, q, ...cache.tensors, partials, ...sizes, window: given.window, splitLength };

  const actual = await run(gpu, () => attentionSplit(gpu, call, path), partials);

  const count = Math.min(position + 1, given.window ?? capacity);
  const positions = Array.from({ length: count }, (_, i) => position + 1 - count + i);
  const expected = attentionSplitReference({ q: q.values, ...cache.numbers, ...sizes, positions, splitLength: length });
  expectClose(actual.subarray(0, expected.length), expected, TOLERANCE);
  expect(actual.subarray(expected.length).every((value) => value === POISON)).toBe(true);
}

const tiny = { heads: 6, kvHeads: 2, capacity: 144, window: 128, splitLength: 64, splits: 2 };

// `tiled` takes seconds to compile on a software adapter, so it gets four sets of sizes.
describe.each<[AttentionSplitPath, Format]>([
  ["tiled", "f16"],
  ["direct", "f16"],
  ["tiled", "int8"],
  ["direct", "int8"],
])("%s, %s", (path, format) => {
  test.each([0, 1, 63, 64, 126, 127, 128, 144, 300])("the tiny model's window at position %i", (position) =>
    expectMatch(path, format, { ...tiny, position }),
  );

  // As the published window: tiles of 32 keys.
  test.each([0, 31, 32, 95, 127, 130, 290])("the window in splits of 32 at position %i", (position) =>
    expectMatch(path, format, { ...tiny, position, splitLength: 32, splits: 5 }),
  );

  // The last positions are more than 64 splits of 64 hold: two tiles each, the last one with 1 key, with 64 and with 12 more.
  const full = { heads: 4, kvHeads: 2, capacity: 4300, splitLength: 64, splits: 64 };
  test.each([0, 62, 63, 64, 127, 128, 4095])("a full cache in 64 splits at position %i", (position) =>
    expectMatch(path, format, { ...full, position }),
  );
  test.each([4096, 4159, 4299])("a full cache in 64 splits of 128 at position %i", (position) =>
    expectMatch(path, format, { ...full, position, length: 128 }),
  );

  test("the query of several rows is the last", () => expectMatch(path, format, { ...tiny, position: 70, tokens: 9 }));

  test("with too few splits for the keys, each takes more, in several tiles", () => {
    const sizes = { heads: 8, kvHeads: 4, capacity: 400, splitLength: 20, splits: 4 };
    return expectMatch(path, format, { ...sizes, position: 330, length: 100 });
  });
});

test.each([
  { what: "micro, a ring of exactly the window", heads: 4, kvHeads: 2, capacity: 16, window: 16, position: 37 },
  { what: "pairs, two key/value pairs", heads: 8, kvHeads: 4, capacity: 40, position: 39 },
  { what: "published heads, some keys", heads: 40, kvHeads: 20, capacity: 40, window: 30, position: 33 },
])("direct: $what", async ({ what: _, ...sizes }) => {
  await expectMatch("direct", "f16", { ...sizes, splitLength: 24, splits: 3 });
  await expectMatch("direct", "int8", { ...sizes, splitLength: 24, splits: 3 });
});

test("names what does not fit", async () => {
  const gpu = await openTestGpu();
  const step = stepOf(gpu);
  const q = createTensor(gpu, "q", [1, 384]);
  const keys = createTensor(gpu, "keys", [16, 128], "f16");
  const partials = createTensor(gpu, "partials", partialsShape(6, HEAD_DIM, 1));
  const good = { step, q, keys, values: keys, partials, heads: 6, kvHeads: 2, headDim: HEAD_DIM, splitLength: 64 };
  expect(() => attentionSplit(gpu, { ...good, headDim: 32 })).toThrow("headDim is 32, expected 64");
  expect(() => attentionSplit(gpu, { ...good, heads: 5 })).toThrow("5 heads do not share 2 kvHeads");
  expect(() => attentionSplit(gpu, { ...good, heads: 8 })).toThrow("q has 384 columns, expected at least 512");
  expect(() => attentionSplit(gpu, { ...good, partials: q })).toThrow("partials has shape (1, 384)");
  expect(() => attentionSplit(gpu, { ...good, window: 17 })).toThrow("fewer than the window of 17");
  expect(() => attentionSplit(gpu, { ...good, values: q })).toThrow("values has shape");
  expect(() => attentionSplit(gpu, { ...good, scales: q })).toThrow("keys has shape (16, 128), expected (16, 32)");
  const codes = createTensor(gpu, "codes", [16, 32], "u32");
  const coded = { ...good, keys: codes, values: codes };
  expect(() => attentionSplit(gpu, { ...coded, scales: q })).toThrow("scales has shape (1, 384), expected (16, 2, 2)");
});
