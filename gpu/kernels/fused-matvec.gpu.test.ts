import { expect, test } from "vitest";
import { createNormed } from "../fixed-point";
import { toNormed } from "../fixed-point.reference";
import { epilogueReference, int4Product } from "../int4-product.reference";
import { createTensor, download, downloadBytes, upload } from "../tensor";
import { expectClose, openTestGpu, randomTensor, randomValues, run, stepOf, tensorOf } from "../testing/harness";
import { randomInt4 } from "../testing/random-matrix";
import { depthwiseConvReference } from "./depthwise-conv/depthwise-conv.reference";
import type { FixedMatvecShape } from "./int4-fixed-matvec/fixed-matvec-shape";
import { type Int4FixedMatvecTensors, int4FixedMatvec } from "./int4-fixed-matvec/int4-fixed-matvec";
import { normedProductReference } from "./int4-fixed-matvec/int4-fixed-matvec.reference";
import { int4MatvecReference } from "./int4-matvec/int4-matvec.reference";
import { kvAppendReference } from "./kv-append/kv-append.reference";
import { layerNormReference } from "./layer-norm/layer-norm.reference";

// What int4-fixed-matvec does before and after the product, against the references of the kernels that it stands for.

const EPS = 1e-5;
const SMALL: FixedMatvecShape = { lanes: 2, rowsPerLane: 2, slots: 4 };

/** Below these stay the largest of x here, and the weights. */
const [LARGEST_X, LARGEST_WEIGHT] = [6, 1.2];
/** Of a standard deviation: no sum of the few hundred here lies further off. */
const DEVIATIONS = 6;

/**
 * Fixed point moves an element by at most 2⁻¹⁵ of the largest in its octet, evenly spread: 2⁻¹⁵ / √3 of it in root mean
 * square. The elements of a row are moved independently, so their squares add up. Next to it the error of the norm, 2e-6
 * relative, and of f32 sums is small.
 */
const tolerance = (cols: number, largest = LARGEST_X) => ({
  relative: 2e-5,
  absolute: (DEVIATIONS * Math.sqrt(cols / 3) * largest * LARGEST_WEIGHT) / 2 ** 15,
});

async function given(rows: number, cols: number, partRows?: number) {
  const gpu = await openTestGpu();
  const weight = randomInt4(gpu, [rows, cols], 1, partRows);
  const x = randomTensor(gpu, "x", [1, cols], 2, 3);
  const norm = randomTensor(gpu, "norm", [2, cols], 3, 1);
  const [w, b] = [norm.values.slice(0, cols), norm.values.slice(cols)];
  const normed = layerNormReference(x.values, w, b, EPS);
  const sums = tensorOf(gpu, "sums", [2, rows], Float32Array.of(...int4Product(weight, w), ...int4Product(weight, b)));
  const ready = (r: Float32Array) => {
    const out = createNormed(gpu, "w r", cols);
    upload(gpu, out, toNormed(r, w));
    return out;
  };
  return { gpu, weight, r: x.values, x: ready(x.values), ready, w, b, norm: { sums, eps: EPS }, normed };
}

const none = new Float32Array();
const product = (
  weight: Int4FixedMatvecTensors["weight"] & { values: Uint8Array; scales: Uint8Array },
  x: Float32Array,
) => int4MatvecReference({ weight, x, epilogue: "store", before: none, gate: none });

test.each<{ kind: "store" | "swiglu"; rows: number; cols: number; shape: FixedMatvecShape }>([
  { kind: "store", rows: 50, cols: 96, shape: SMALL },
  { kind: "swiglu", rows: 48, cols: 256, shape: { ...SMALL, lanes: 8 } },
  { kind: "store", rows: 40, cols: 2560, shape: { ...SMALL, lanes: 20, rowsPerLane: 4 } }, // published
  { kind: "store", rows: 24, cols: 2688, shape: { ...SMALL, lanes: 64, slots: 2 } }, // wider: some lanes with a group less
])("a LayerNorm in front of $kind, ($rows, $cols)", async ({ kind, rows, cols, shape }) => {
  const { gpu, weight, r, w, b, x, norm, normed } = await given(rows, cols);
  const out = createTensor(gpu, "out", [1, rows]);
  const actual = await run(gpu, () => int4FixedMatvec(gpu, { weight, x, norm, out, epilogue: { kind } }, shape), out);
  // What it computes, to the tolerance of f32 sums, and how near that is to the plain statement of the norm.
  const y = normedProductReference({ weight, r, w, b, eps: EPS });
  const exact = epilogueReference(y, { epilogue: kind, before: none, gate: none });
  expectClose(actual.slice(0, exact.length), exact, { relative: 1e-5, absolute: cols * LARGEST_X * 1.2 * 2 ** -23 });
  const expected = int4MatvecReference({ weight, x: normed, epilogue: kind, before: none, gate: none });
  // swiglu multiplies two such sums.
  const { relative, absolute } = tolerance(cols);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  const scale = kind === "swiglu" ? Math.sqrt(largest) * 2 : 1;
  expectClose(actual.slice(0, expected.length), expected, { relative, absolute: absolute * scale });
});

test("a LayerNorm of values far from zero", async () => {
  const cols = 64;
  const { gpu, weight, ready, w, b, norm } = await given(16, cols);
  const r = randomValues(cols, 9, 1).map((value) => value + 1000);
  const x = ready(r);
  const out = createTensor(gpu, "out", [1, 16]);
  const epilogue = { kind: "store" as const };
  const actual = await run(gpu, () => int4FixedMatvec(gpu, { weight, x, norm, out, epilogue }, SMALL), out);
  // w r is rounded before its mean is taken off: by 2⁻¹⁵ of 1001, against a deviation of 0.58. What is left of W (w r) is
  // a difference of sums of 1001 w; each is off by some 2⁻²³ of them.
  const y = Float32Array.from(normedProductReference({ weight, r, w, b, eps: EPS }));
  expectClose(actual, y, { relative: 1e-4, absolute: (cols * 1.2 * 1001 * 2 ** -22) / 0.58 });
  const { absolute } = tolerance(cols, 1001 / 0.58);
  expectClose(actual, product(weight, layerNormReference(r, w, b, EPS)), { relative: 1e-4, absolute });
});

test.each([undefined, 16])(
  "a convolution of the first columns behind it, the state moved on; parts of %s rows",
  async (partRows) => {
    const [channels, rows, cols] = [24, 48, 64];
    const { gpu, weight, x, norm, normed } = await given(rows, cols, partRows);
    const taps = randomTensor(gpu, "taps", [channels, 4], 4);
    const bias = randomTensor(gpu, "bias", [channels], 5);
    const state = randomTensor(gpu, "state", [channels, 4], 6);
    const out = createTensor(gpu, "out", [1, rows]);
    const epilogue = { kind: "convolve" as const, step: stepOf(gpu), taps, bias, state };
    const actual = await run(gpu, () => int4FixedMatvec(gpu, { weight, x, norm, out, epilogue }, SMALL), out);

    const y = product(weight, normed);
    const input = { x: y.slice(0, channels), weight: taps.values, bias: bias.values, state: state.values };
    const convolved = depthwiseConvReference(input);
    const wide = { relative: 1e-4, absolute: 4 * 2 * tolerance(cols).absolute };
    expectClose(actual, Float32Array.of(...convolved.out, ...y.slice(channels)), wide);
    expectClose(await download(gpu, state), convolved.state, tolerance(cols));
  },
);

test("a convolution leaves the state of a sequence that has ended", async () => {
  const { gpu, weight, x, norm } = await given(32, 64);
  const taps = randomTensor(gpu, "taps", [16, 4], 4);
  const bias = randomTensor(gpu, "bias", [16], 5);
  const state = randomTensor(gpu, "state", [16, 4], 6);
  const out = createTensor(gpu, "out", [1, 32]);
  const epilogue = { kind: "convolve" as const, step: stepOf(gpu, { done: 1 }), taps, bias, state };
  await run(gpu, () => int4FixedMatvec(gpu, { weight, x, norm, out, epilogue }, SMALL), out);
  expect(await download(gpu, state)).toEqual(state.values);
});

test.each([
  { position: 3, done: 0, partRows: undefined },
  { position: 13, done: 0, partRows: 16 }, // round the ring, and in parts
  { position: 3, done: 1, partRows: undefined },
])("queries stored, keys and values appended: $position, done $done", async ({ position, done, partRows }) => {
  const [queries, width, capacity, cols] = [32, 16, 5, 64];
  const rows = queries + 2 * width;
  const { gpu, weight, x, norm, normed } = await given(rows, cols, partRows);
  const bias = randomTensor(gpu, "bias", [rows], 4);
  const out = createTensor(gpu, "out", [1, rows]);
  const before = Float16Array.from(randomValues(capacity * width, 5, 2));
  const cache = (label: string) => {
    const tensor = createTensor(gpu, label, [capacity, width], "f16");
    upload(gpu, tensor, new Uint16Array(before.buffer));
    return tensor;
  };
  const [keys, values] = [cache("keys"), cache("values")];
  const epilogue = { kind: "append" as const, step: stepOf(gpu, { position, done }), keys, values };
  const actual = await run(gpu, () => int4FixedMatvec(gpu, { weight, x, norm, bias, out, epilogue }, SMALL), out);

  const y = product(weight, normed).map((value, row) => value + (bias.values[row] ?? Number.NaN));
  expectClose(actual.slice(0, queries), y.slice(0, queries), tolerance(cols));
  for (const [tensor, offset] of [
    [keys, queries],
    [values, queries + width],
  ] as const) {
    const appended = { cache: before, width, rows: y, stride: rows, offset, position, tokens: 1 - done };
    const stored = new Float16Array(await downloadBytes(gpu, tensor));
    const expected = Float32Array.from(kvAppendReference(appended));
    // A sum that is off by its tolerance may round to the next f16.
    expectClose(Float32Array.from(stored), expected, { relative: 2 ** -10, absolute: tolerance(cols).absolute });
  }
});
