import { describe, expect, test } from "vitest";
import type { Gpu } from "../../device";
import { createFixed } from "../../fixed-point";
import { fixedPointReference, fromFixedPoint } from "../../fixed-point.reference";
import { createTensor, downloadBytes, type Tensor, upload } from "../../tensor";
import {
  expectClose,
  openTestGpu,
  poisonedTensor,
  randomTensor,
  randomValues,
  run,
  stepOf,
} from "../../testing/harness";
import { attentionRow, canAttendRow } from "./attention-row";
import { attentionRowReference } from "./attention-row.reference";

/** As in attention-window.gpu.test.ts: the same f16 keys and values on both sides, sums in f32. */
const TOLERANCE = { relative: 2e-5, absolute: 4e-5 };
const HEAD_DIM = 64;

interface Case {
  position: number;
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

/** All but `out`, and what is to be there. */
function given(gpu: Gpu, { position, heads, kvHeads, window: visible, capacity }: Case) {
  const stride = (heads + 2 * kvHeads) * HEAD_DIM;
  const q = randomTensor(gpu, "q", [1, stride], 1);
  const keys = ringOf(gpu, "keys", capacity, kvHeads * HEAD_DIM, 2);
  const values = ringOf(gpu, "values", capacity, kvHeads * HEAD_DIM, 3);
  const lambdas = randomTensor(gpu, "lambdas", [4, HEAD_DIM], 4, 0.2);
  const subln = randomTensor(gpu, "subln", [2 * HEAD_DIM], 5);
  const sizes = { heads, kvHeads, headDim: HEAD_DIM, window: visible, lambdaInit: 0.55 };
  const call = { step: stepOf(gpu, { position }), q, keys, values, lambdas, subln, ...sizes };
  const halves = { keys: keys.half, values: values.half };
  const weights = { lambdas: lambdas.values, subln: subln.values };
  const expected = attentionRowReference({ ...halves, ...weights, ...sizes, qkv: q.values, stride, position });
  return { call, expected };
}

async function expectMatch(sizes: Case): Promise<void> {
  const gpu = await openTestGpu();
  const { call, expected } = given(gpu, sizes);
  const out = poisonedTensor(gpu, "out", [1, sizes.heads * HEAD_DIM]);
  expectClose(await run(gpu, () => attentionRow(gpu, { ...call, out }), out), expected, TOLERANCE);
}

const tiny = { heads: 6, kvHeads: 2, window: 128, capacity: 167 };

describe("matches", () => {
  test.each([
    { what: "the first position", position: 0 },
    { what: "a group of keys less one", position: 30 },
    { what: "a group of keys", position: 31 },
    { what: "a group and a key", position: 32 },
    { what: "a window less one", position: 126 },
    { what: "a whole window", position: 127 },
    { what: "around the end of the ring", position: 190 },
    { what: "far behind", position: 5000 },
  ])("the tiny model, $what", ({ position }) => expectMatch({ ...tiny, position }));

  test.each([
    { what: "two key/value pairs", heads: 8, kvHeads: 4, window: 16, position: 30, capacity: 16 },
    { what: "a window that is no power of two", heads: 4, kvHeads: 2, window: 200, position: 700, capacity: 201 },
    {
      what: "published heads, as long a window as any device has",
      heads: 40,
      kvHeads: 20,
      window: 256,
      position: 600,
      capacity: 256,
    },
  ])("$what", ({ what: _, ...sizes }) => expectMatch(sizes));
});

test("matches the published window, where a workgroup may be that large", async ({ skip }) => {
  const { device } = await openTestGpu();
  if (device.limits.maxComputeInvocationsPerWorkgroup < 512) skip("this device has fewer than 512 threads");
  await expectMatch({ heads: 40, kvHeads: 20, window: 512, position: 600, capacity: 767 });
});

test("writes fixed point for the next product", async () => {
  const gpu = await openTestGpu();
  const { call, expected } = given(gpu, { ...tiny, position: 150 });
  const out: Tensor = createFixed(gpu, "out", tiny.heads * HEAD_DIM);
  await run(gpu, () => attentionRow(gpu, { ...call, out }), out);
  const actual = fromFixedPoint(new Uint32Array(await downloadBytes(gpu, out)));
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  // What is off by its tolerance may round to the next unit.
  const { relative, absolute } = TOLERANCE;
  expectClose(actual, fixedPointReference(expected), { relative, absolute: absolute + largest * 2 ** -14 });
});

test("takes a thread for each key, and what they keep", () => {
  const can = (window: number, maxComputeInvocationsPerWorkgroup: number, maxComputeWorkgroupStorageSize: number) => {
    const maxComputeWorkgroupSizeX = 512;
    const limits = { maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX, maxComputeWorkgroupStorageSize };
    return canAttendRow({ device: { limits } as GPUDevice }, window);
  };
  expect(can(512, 512, 32768)).toBe(true);
  expect(can(513, 512, 32768)).toBe(false);
  expect(can(513, 1024, 65536)).toBe(false);
  expect(can(512, 512, 16384)).toBe(false);
  expect(can(256, 256, 16384)).toBe(true);
});

test("names what does not fit", async () => {
  const gpu = await openTestGpu();
  const step = stepOf(gpu);
  const q = createTensor(gpu, "q", [1, 640]);
  const keys = createTensor(gpu, "keys", [20, 128], "f16");
  const lambdas = createTensor(gpu, "lambdas", [4, HEAD_DIM]);
  const subln = createTensor(gpu, "subln", [2 * HEAD_DIM]);
  const out = createTensor(gpu, "out", [1, 384]);
  const sizes = { lambdaInit: 0.5, heads: 6, kvHeads: 2, headDim: HEAD_DIM, window: 16 };
  const good = { step, q, keys, values: keys, lambdas, subln, out, ...sizes };
  const long = createTensor(gpu, "keys", [9000, 128], "f16");
  expect(() => attentionRow(gpu, { ...good, window: 21 })).toThrow("keys has 20 slots, fewer than the window of 21");
  expect(() => attentionRow(gpu, { ...good, headDim: 32 })).toThrow("headDim is 32, expected 64");
  expect(() => attentionRow(gpu, { ...good, kvHeads: 4 })).toThrow("6 heads do not share 4 kvHeads");
  expect(() => attentionRow(gpu, { ...good, heads: 12 })).toThrow("q has 640 columns, expected at least 768");
  expect(() => attentionRow(gpu, { ...good, out: q })).toThrow("out has shape (1, 640), expected (1, 384)");
  expect(() => attentionRow(gpu, { ...good, keys: long, values: long, window: 9000 })).toThrow(
    "a window of 9000 takes a larger workgroup",
  );
});
