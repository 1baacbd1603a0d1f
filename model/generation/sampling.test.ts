import { expect, test } from "vitest";
import { assertSampling, GREEDY, SamplingError, type SamplingSettings } from "./sampling";

test.each<Partial<SamplingSettings>>([
  {},
  { temperature: 0.6, topP: 0.95 },
  { temperature: 2, topK: 50, minP: 1, seed: 2 ** 32 - 1 },
])("accepts %o", (settings) => {
  expect(() => assertSampling({ ...GREEDY, ...settings })).not.toThrow();
});

test.each<[Partial<SamplingSettings>, string]>([
  [{ temperature: -0.1 }, "temperature is -0.1; it must be 0 (greedy) or more"],
  [{ temperature: Number.POSITIVE_INFINITY }, "temperature is Infinity"],
  [{ temperature: Number.NaN }, "temperature is NaN"],
  [{ topK: 2.5 }, "topK is 2.5; it must be a whole number, or 0 for all tokens"],
  [{ topK: -1 }, "topK is -1"],
  [{ topP: 0 }, "topP is 0; it must be more than 0 and at most 1"],
  [{ topP: 1.01 }, "topP is 1.01"],
  [{ topP: Number.NaN }, "topP is NaN"],
  [{ minP: -1 }, "minP is -1; it must be from 0 to 1"],
  [{ minP: 1.5 }, "minP is 1.5"],
  [{ seed: 0.5 }, "seed is 0.5; it must be a whole number from 0 to 4294967295"],
  [{ seed: 2 ** 32 }, "seed is 4294967296"],
  [{ seed: -1 }, "seed is -1"],
])("refuses %o", (settings, message) => {
  expect(() => assertSampling({ ...GREEDY, ...settings })).toThrow(SamplingError);
  expect(() => assertSampling({ ...GREEDY, ...settings })).toThrow(message);
});
