import { expect, test } from "vitest";
import { fromF16, toF16, UnstorableValueError } from "./half";
import { quantizeInt4 } from "./quantize";
import { dequantizeReference, quantizeGroupReference } from "./quantize.reference";
import { normalValues } from "./testing/values";

function quantized(values: Float32Array) {
  const codes = new Uint8Array(values.length / 2);
  const scaleBits = new Uint16Array(values.length / 32);
  quantizeInt4(values, codes, scaleBits);
  const scales = Array.from(scaleBits, fromF16);
  return { codes, scales, restored: dequantizeReference(codes, scales) };
}

const squaredError = (a: Float32Array, b: Float32Array) => a.reduce((sum, v, i) => sum + (v - (b[i] ?? NaN)) ** 2, 0);

test("comes within 1 % of the least error there is, over many groups", () => {
  const values = normalValues(32 * 40, 1, 0.02);
  let least = 0;
  for (let i = 0; i < values.length; i += 32)
    least += quantizeGroupReference([...values.subarray(i, i + 32)]).squaredError;
  const error = squaredError(values, quantized(values).restored);
  expect(error).toBeGreaterThanOrEqual(least * (1 - 1e-6));
  expect(error).toBeLessThan(least * 1.01);
});

test("beats rounding with the scale largest / 7 by a quarter of the squared error", () => {
  const values = normalValues(32 * 200, 2);
  const plain = values.map((_, i) => {
    const group = values.subarray(i - (i % 32), i - (i % 32) + 32);
    const scale = fromF16(toF16(Math.max(...group.map(Math.abs)) / 7));
    return Math.round((values[i] ?? NaN) / scale) * scale;
  });
  expect(squaredError(values, quantized(values).restored)).toBeLessThan(0.75 * squaredError(values, plain));
});

test("gives every value the code nearest to it", () => {
  const values = normalValues(32 * 50, 3);
  const { scales, restored } = quantized(values);
  for (const [i, value] of values.entries()) {
    const scale = scales[Math.floor(i / 32)] ?? NaN;
    const ends = [-8 * scale, 7 * scale];
    const nearest = Math.min(Math.max(value, Math.min(...ends)), Math.max(...ends));
    // Values are first rounded to a grid of 2⁻¹⁵ of the group's largest, which is at most 8.75 scales.
    expect(Math.abs((restored[i] ?? NaN) - nearest)).toBeLessThanOrEqual(Math.abs(scale) * (0.5 + 8.75 * 2 ** -15));
  }
});

test.each([1, -1])("uses the sixteenth level for a lone large value of sign %d", (sign) => {
  const values = Float32Array.from({ length: 32 }, (_, i) => (i === 5 ? 8 * sign : (i % 7) - 3));
  const { scales, restored } = quantized(values);
  expect(scales).toEqual([-sign]);
  expect(squaredError(values, restored)).toBe(0);
});

test("keeps zeros, and groups too small for any f16 scale, as zero", () => {
  const values = new Float32Array(64).fill(1e-9, 32);
  const { codes, scales } = quantized(values);
  expect(scales).toEqual([0, 0]);
  expect(codes.every((byte) => byte === 0x88)).toBe(true);
});

test("is still faithful where the scale is a subnormal f16", () => {
  const values = normalValues(3200, 4, 1e-5);
  const { restored } = quantized(values);
  expect(
    Math.sqrt(
      squaredError(values, restored) /
        squaredError(
          values,
          values.map(() => 0),
        ),
    ),
  ).toBeLessThan(0.1);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, -1e6])("refuses %d", (value) => {
  const values = new Float32Array(64);
  values[40] = value;
  expect(() => quantized(values)).toThrow(UnstorableValueError);
  expect(() => quantized(values)).toThrow("element 40");
});
