import { expect, test } from "vitest";
import { decodeBf16, decodeF16, encodeF16, fromF16, toF16, UnstorableValueError } from "./half";

test("every f16 survives the way to f32 and back", () => {
  for (let bits = 0; bits < 0x10000; bits++) {
    const value = fromF16(bits);
    if (Number.isNaN(value)) expect(Number.isNaN(fromF16(toF16(value)))).toBe(true);
    else expect(toF16(value)).toBe(bits);
  }
});

test("rounds to the nearest, ties to even, over the whole positive range", () => {
  for (let bits = 0; bits < 0x7bff; bits++) {
    const [low, high] = [fromF16(bits), fromF16(bits + 1)];
    expect(toF16(low + (high - low) * 0.499)).toBe(bits);
    expect(toF16(low + (high - low) * 0.501)).toBe(bits + 1);
    expect(toF16((low + high) / 2)).toBe(bits + (bits % 2));
  }
});

test("becomes infinite from 65,520 on, and keeps NaN and signs", () => {
  expect(toF16(65519.99)).toBe(0x7bff);
  expect(toF16(65520)).toBe(0x7c00);
  expect(toF16(-1e30)).toBe(0xfc00);
  expect(toF16(-0)).toBe(0x8000);
  expect(toF16(Number.NaN) & 0x7fff).toBeGreaterThan(0x7c00);
});

test.each([70000, Number.NaN, Number.NEGATIVE_INFINITY])("refuses to store %d as f16", (value) => {
  const encode = () => encodeF16(Float32Array.of(1, value), new Uint16Array(2));
  expect(encode).toThrow(UnstorableValueError);
  expect(encode).toThrow(`element 1 is ${value}`);
});

test("decodes f16 and bf16 exactly", () => {
  const values = new Float32Array(3);
  decodeF16(Uint16Array.of(0x3c00, 0xc100, 1), values);
  expect([...values]).toEqual([1, -2.5, 2 ** -24]);
  decodeBf16(Uint16Array.of(0x3f80, 0xc020, 0x0001), values);
  expect([...values]).toEqual([1, -2.5, Math.fround(2 ** -133)]);
});
