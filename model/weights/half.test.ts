import { expect, test } from "vitest";
import { decodeBf16, decodeF16, encodeF16, fromF16, toF16, UnstorableValueError } from "./half";

/** The f16 for which a check fails; one expect for all of them, because 65,536 of them are slow. */
const failures = (most: number, isRight: (bits: number) => boolean) =>
  Array.from({ length: most }, (_, bits) => bits).filter((bits) => !isRight(bits));

test("every f16 survives the way to f32 and back", () => {
  const isNan = (bits: number) => (bits & 0x7fff) > 0x7c00;
  const survives = (bits: number) => (isNan(bits) ? isNan(toF16(fromF16(bits))) : toF16(fromF16(bits)) === bits);
  expect(failures(0x10000, survives)).toEqual([]);
});

test("rounds to the nearest, ties to even, over the whole positive range", () => {
  const rounds = (bits: number) => {
    const [low, high] = [fromF16(bits), fromF16(bits + 1)];
    const between = [0.499, 0.5, 0.501].map((part) => toF16(low + (high - low) * part));
    return between.join() === [bits, bits + (bits % 2), bits + 1].join();
  };
  expect(failures(0x7bff, rounds)).toEqual([]);
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
