import { expect, test } from "vitest";
import { parseNumber, percentOf } from "./format";
import { ENGLISH } from "./words";

const { format } = ENGLISH;

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "1.0 kB"],
  [11_400_000, "11.4 MB"],
  [2_180_000_000, "2.2 GB"],
  [999_960_000, "1.0 GB"],
  [7_706_690_176, "7.7 GB"],
])("%d bytes: %s", (bytes, text) => expect(format.bytes(bytes)).toBe(text));

test.each([
  [0, "0.0 s"],
  [840, "0.8 s"],
  [970, "1 s"],
  [3_200, "3 s"],
  [59_400, "59 s"],
  [59_600, "1 min 0 s"],
  [72_000, "1 min 12 s"],
  [7_500_000, "2 h 5 min"],
])("%d ms: %s", (elapsedMs, text) => expect(format.duration(elapsedMs)).toBe(text));

test.each([
  [10, "1 s"],
  [48_400, "48 s"],
  [59_700, "1 min"],
  [503_000, "8 min"],
  [3_590_000, "1 h 0 min"],
  [7_440_000, "2 h 4 min"],
])("about %d ms: %s", (elapsedMs, text) => expect(format.roughly(elapsedMs)).toBe(text));

test("counts, rates and percentages", () => {
  expect(format.tokens(1)).toBe("1 token");
  expect(format.tokens(2_410)).toBe("2,410 tokens");
  expect(format.rate(9.42)).toBe("9.4");
  expect(format.rate(1_238.6)).toBe("1,239");
  expect(percentOf(0, 0)).toBe(0);
  expect(percentOf(999, 1_000)).toBe(99);
  expect(percentOf(5, 4)).toBe(100);
});

test.each([
  ["0.6", 0.6],
  [" 0,95 ", 0.95],
  [".5", 0.5],
  ["0.125", 0.125],
  ["32768", 32_768],
  ["32,768", 32_768],
  ["1.000.000", 1_000_000],
  ["32 768", 32_768],
  ["-1", -1],
  ["", Number.NaN],
  ["1e3", Number.NaN],
  ["six", Number.NaN],
])("typed as %j", (text, value) => expect(parseNumber(text)).toBe(value));
