import { expect, test } from "vitest";
import type { Gpu } from "../../device";
import { createTensor, downloadBytes, type Tensor, upload } from "../../tensor";
import { openTestGpu, randomBytes, randomTensor, randomValues, run, stepOf, tensorOf } from "../../testing/harness";
import { kvAppendInt8 } from "./kv-append-int8";
import { kvAppendInt8Reference } from "./kv-append-int8.reference";

const HEAD_DIM = 64;

/** A cache that holds something already, so that a slot written by mistake is seen. */
function cacheOf(gpu: Gpu, capacity: number, kvHeads: number) {
  const codes = [2, 3].map((seed) => new Int8Array(randomBytes(capacity * kvHeads * HEAD_DIM, seed).buffer));
  const [keyCodes = new Int8Array(), valueCodes = new Int8Array()] = codes;
  const scaleValues = Float16Array.from(randomValues(capacity * kvHeads * 2, 4));
  const keys = createTensor(gpu, "keys", [capacity, kvHeads * 16], "u32");
  const values = createTensor(gpu, "values", [capacity, kvHeads * 16], "u32");
  const scales = createTensor(gpu, "scales", [capacity, kvHeads, 2], "f16");
  upload(gpu, keys, new Uint32Array(keyCodes.buffer));
  upload(gpu, values, new Uint32Array(valueCodes.buffer));
  upload(gpu, scales, new Uint16Array(scaleValues.buffer));
  return { tensors: { keys, values, scales }, keyCodes, valueCodes, scaleValues };
}

async function contents(gpu: Gpu, { keys, values, scales }: Record<"keys" | "values" | "scales", Tensor>) {
  return {
    keyCodes: new Int8Array(await downloadBytes(gpu, keys)),
    valueCodes: new Int8Array(await downloadBytes(gpu, values)),
    scaleValues: new Float16Array(await downloadBytes(gpu, scales)),
  };
}

const everyOther = (values: Float16Array, first: number) =>
  Float32Array.from({ length: values.length / 2 }, (_, i) => values[2 * i + first] ?? Number.NaN);

interface Case {
  position: number;
  tokens: number;
  capacity: number;
  kvHeads: number;
  heads: number;
}

/** Codes and scales bit by bit; `kv` may have more rows than the step, which must not reach the cache. */
async function expectExact({ position, tokens, capacity, kvHeads, heads }: Case, kv: Float32Array): Promise<void> {
  const gpu = await openTestGpu();
  const keyOffset = heads * HEAD_DIM;
  const valueOffset = keyOffset + kvHeads * HEAD_DIM;
  const stride = valueOffset + kvHeads * HEAD_DIM;
  const step = stepOf(gpu, { position, tokens });
  const rows = tensorOf(gpu, "kv", [kv.length / stride, stride], kv);
  const before = cacheOf(gpu, capacity, kvHeads);

  await run(
    gpu,
    () => kvAppendInt8(gpu, { step, kv: rows, keyOffset, valueOffset, ...before.tensors }),
    rows,
    tokens + 2,
  );

  const after = await contents(gpu, before.tensors);
  const shared = { kvHeads, rows: kv, stride, position, tokens };
  for (const [which, offset, codes] of [
    [0, keyOffset, "keyCodes"],
    [1, valueOffset, "valueCodes"],
  ] as const) {
    const scales = everyOther(before.scaleValues, which);
    const expected = kvAppendInt8Reference({ ...shared, codes: before[codes], scales, offset });
    expect(everyOther(after.scaleValues, which)).toEqual(expected.scales);
    expect(after[codes]).toEqual(expected.codes);
  }
}

test.each([
  { what: "the first token", position: 0, tokens: 1, capacity: 20, kvHeads: 2, heads: 6 },
  { what: "a chunk that wraps around", position: 33, tokens: 9, capacity: 20, kvHeads: 2, heads: 4 },
  { what: "the published widths", position: 1021, tokens: 5, capacity: 44, kvHeads: 20, heads: 40 },
])("stores $what", ({ what: _, ...sizes }) => {
  const stride = (sizes.heads + 2 * sizes.kvHeads) * HEAD_DIM;
  return expectExact(sizes, randomValues((sizes.tokens + 2) * stride, 1));
});

test("takes ties upwards and its neighbours to either side, whatever the device's division", () => {
  const sizes = { position: 0, tokens: 3, capacity: 3, kvHeads: 2, heads: 0 };
  // A largest magnitude of 127 · 2^k gives the scale 2^k, so that half codes are ties.
  const kv = Float32Array.from({ length: 3 * 4 * HEAD_DIM }, (_, i) => {
    const tie = (i % HEAD_DIM) * 2 - 64.5;
    const beside = tie * (1 + ((i % 3) - 1) * 2 ** -23);
    return i % HEAD_DIM === 0 ? 127 : beside;
  }).map((value, i) => value * 2 ** (Math.floor(i / HEAD_DIM) - 6));
  return expectExact(sizes, kv);
});

test("holds zeros, the smallest, and what exceeds the largest scale", () => {
  const sizes = { position: 0, tokens: 1, capacity: 2, kvHeads: 2, heads: 0 };
  const [small, large] = [randomValues(HEAD_DIM, 1, 1e-3), randomValues(HEAD_DIM, 2, 1e8)];
  return expectExact(sizes, Float32Array.from([...new Float32Array(HEAD_DIM), ...small, ...large, ...small]));
});

test("no value moves by more than half a scale", () => {
  const rows = randomValues(HEAD_DIM * 200, 5);
  const before = { codes: new Int8Array(rows.length), scales: new Float32Array(200) };
  const { codes, scales } = kvAppendInt8Reference({
    ...before,
    kvHeads: 1,
    rows,
    stride: HEAD_DIM,
    offset: 0,
    position: 0,
    tokens: 200,
  });
  for (const [i, value] of rows.entries()) {
    const head = Math.floor(i / HEAD_DIM);
    const scale = scales[head] ?? Number.NaN;
    const largest = Math.max(...rows.subarray(head * HEAD_DIM, (head + 1) * HEAD_DIM).map(Math.abs));
    expect(Math.abs((codes[i] ?? Number.NaN) * scale - value)).toBeLessThanOrEqual(scale / 2);
    expect(scale).toBeLessThanOrEqual((largest / 127) * (1 + 2 ** -10));
  }
});

test("writes nothing once the sequence is done", async () => {
  const gpu = await openTestGpu();
  const step = stepOf(gpu, { position: 3, done: 1 });
  const kv = randomTensor(gpu, "kv", [1, 256], 1);
  const before = cacheOf(gpu, 8, 2);
  await run(gpu, () => kvAppendInt8(gpu, { step, kv, keyOffset: 0, valueOffset: 128, ...before.tensors }), kv);
  const { tensors: _, ...expected } = before;
  expect(await contents(gpu, before.tensors)).toEqual(expected);
});

test("names what does not fit", async () => {
  const gpu = await openTestGpu();
  const step = stepOf(gpu);
  const kv = createTensor(gpu, "kv", [1, 256]);
  const { tensors: cache } = cacheOf(gpu, 8, 2);
  const good = { step, kv, keyOffset: 0, valueOffset: 128, ...cache };
  expect(() => kvAppendInt8(gpu, { ...good, keys: kv })).toThrow("keys has shape (1, 256), expected (8, 32)");
  expect(() => kvAppendInt8(gpu, { ...good, values: kv })).toThrow("values has shape");
  expect(() => kvAppendInt8(gpu, { ...good, scales: kv })).toThrow("scales has shape");
  expect(() => kvAppendInt8(gpu, { ...good, valueOffset: 192 })).toThrow("expected at least 320");
  expect(() => kvAppendInt8(gpu, { ...good, keyOffset: 2 })).toThrow("keyOffset is 2");
});
