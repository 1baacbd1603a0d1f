import { expect, test } from "vitest";
import type { Gpu } from "../../device";
import type { Shape } from "../../shape";
import { createTensor, downloadBytes, type Tensor, upload } from "../../tensor";
import { openTestGpu, randomTensor, randomValues, run, stepOf } from "../../testing/harness";
import { kvAppend } from "./kv-append";
import { kvAppendReference } from "./kv-append.reference";

/** A cache that holds something already, so that a slot written by mistake is seen. */
function cacheOf(gpu: Gpu, label: string, shape: Shape, seed: number) {
  const [capacity = 0, width = 0] = shape;
  const half = Float16Array.from(randomValues(capacity * width, seed));
  const tensor = createTensor(gpu, label, shape, "f16");
  upload(gpu, tensor, new Uint16Array(half.buffer));
  return { ...tensor, half };
}

const halves = async (gpu: Gpu, cache: Tensor) => new Float16Array(await downloadBytes(gpu, cache));

test.each([
  { what: "the first token", position: 0, tokens: 1, capacity: 20, kvHeads: 2, heads: 6 },
  { what: "a chunk that wraps around the ring", position: 33, tokens: 9, capacity: 20, kvHeads: 2, heads: 4 },
  { what: "a chunk that fills the ring", position: 5, tokens: 11, capacity: 11, kvHeads: 4, heads: 8 },
  { what: "the published widths", position: 1021, tokens: 5, capacity: 44, kvHeads: 20, heads: 40 },
])("stores $what", async ({ position, tokens, capacity, kvHeads, heads }) => {
  const gpu = await openTestGpu();
  const width = kvHeads * 64;
  const keyOffset = heads * 64;
  const valueOffset = keyOffset + width;
  const stride = valueOffset + width;
  const step = stepOf(gpu, { position, tokens });
  // Two rows more than the step has: they must not reach the cache.
  const kv = randomTensor(gpu, "kv", [tokens + 2, stride], 1);
  const keys = cacheOf(gpu, "keys", [capacity, width], 2);
  const values = cacheOf(gpu, "values", [capacity, width], 3);

  await run(gpu, () => kvAppend(gpu, { step, kv, keyOffset, valueOffset, keys, values }), kv, tokens + 2);

  const rows = { rows: kv.values, stride, width, position, tokens };
  expectRounded(await halves(gpu, keys), kvAppendReference({ ...rows, cache: keys.half, offset: keyOffset }));
  expectRounded(await halves(gpu, values), kvAppendReference({ ...rows, cache: values.half, offset: valueOffset }));
});

/** WGSL leaves the direction of pack2x16float's rounding open: either f16 neighbour is right, 2^-10 apart. */
function expectRounded(actual: Float16Array, expected: Float16Array): void {
  const wrong = expected.findIndex(
    (want, i) => !(Math.abs((actual[i] ?? Number.NaN) - want) <= 2 ** -10 * Math.abs(want) + 2 ** -24),
  );
  expect(wrong, `element ${wrong} is ${actual[wrong]}, the reference has ${expected[wrong]}`).toBe(-1);
}

test("writes nothing once the sequence is done", async () => {
  const gpu = await openTestGpu();
  const step = stepOf(gpu, { position: 3, done: 1 });
  const kv = randomTensor(gpu, "kv", [1, 384], 1);
  const keys = cacheOf(gpu, "keys", [8, 128], 2);
  const values = cacheOf(gpu, "values", [8, 128], 3);
  await run(gpu, () => kvAppend(gpu, { step, kv, keyOffset: 128, valueOffset: 256, keys, values }), kv);
  expect(await halves(gpu, keys)).toEqual(keys.half);
  expect(await halves(gpu, values)).toEqual(values.half);
});

test("keeps what f16 cannot hold at its largest number", async () => {
  const gpu = await openTestGpu();
  const step = stepOf(gpu);
  const kv = randomTensor(gpu, "kv", [1, 256], 1, 1e6);
  const keys = cacheOf(gpu, "keys", [2, 128], 2);
  const values = cacheOf(gpu, "values", [2, 128], 3);
  await run(gpu, () => kvAppend(gpu, { step, kv, keyOffset: 0, valueOffset: 128, keys, values }), kv);
  expect(Math.max(...(await halves(gpu, keys)))).toBe(65504);
  expect(Math.min(...(await halves(gpu, keys)))).toBe(-65504);
});

test("names what does not fit", async () => {
  const gpu = await openTestGpu();
  const step = stepOf(gpu);
  const kv = createTensor(gpu, "kv", [1, 256]);
  const keys = createTensor(gpu, "keys", [8, 128], "f16");
  const values = createTensor(gpu, "values", [8, 64], "f16");
  const offsets = { keyOffset: 64, valueOffset: 192 };
  expect(() => kvAppend(gpu, { step, kv, ...offsets, keys, values })).toThrow("values has shape (8, 64)");
  expect(() => kvAppend(gpu, { step, kv, ...offsets, keys, values: keys })).toThrow("expected at least 320");
  expect(() => kvAppend(gpu, { step, kv, keyOffset: 0, valueOffset: 2, keys, values: keys })).toThrow(
    "valueOffset is 2",
  );
});
