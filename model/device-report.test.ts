import { expect, test } from "vitest";
import { shippedFormat } from "./cost";
import { contextBytes, deviceReport, type FormatOf, longestContext, memoryNeed } from "./device-report";
import { PUBLISHED_BYTES, PUBLISHED_CONFIG } from "./library/published-model";

const MIB = 2 ** 20;
const limitsOf = (binding: number, buffer = binding) => ({
  maxStorageBufferBindingSize: binding,
  maxBufferSize: buffer,
});
const reportFor = (binding: number, buffer = binding, context = 32_768) =>
  deviceReport(PUBLISHED_CONFIG, context, limitsOf(binding, buffer), shippedFormat);

test("counts the published model: 7.7 GB to read, 2.2 GB of weights", () => {
  const need = memoryNeed(PUBLISHED_CONFIG, 32_768, shippedFormat);
  expect(PUBLISHED_BYTES / 1e9).toBeCloseTo(7.7, 1);
  expect(need.weightBytes / 1e9).toBeCloseTo(2.2, 1);
  // 5 KB a position, and half as much again while the cache grows.
  expect(need.cacheBytes).toBe(1.5 * 5120 * 32_768);
  expect(need.totalBytes).toBe(need.weightBytes + need.stateBytes + need.cacheBytes);
  expect(need.checkpointBytes).toBe(512 * MIB);
});

test("counts two sums for each row of a 4-bit matrix behind a norm: 8.4 MB", () => {
  const unquantized: FormatOf = (tensor) => (tensor.role === "matrix" ? "f16" : shippedFormat(tensor));
  const [int4, f16] = [shippedFormat, unquantized].map((format) => memoryNeed(PUBLISHED_CONFIG, 2048, format));
  // in_proj of Mamba and of the GMUs, Wqkv with keys and values and without, fc1, the LM head.
  const rows = 9 * 10_240 + 7 * 5120 + 9 * 5120 + 7 * 2560 + 32 * 20_480 + 200_064;
  expect((int4?.stateBytes ?? 0) - (f16?.stateBytes ?? 0)).toBe(2 * 4 * rows);
});

test.each([128, 256, 4096])("bindings of %i MiB hold the published model with its whole context", (binding) => {
  expect(reportFor(binding * MIB, 2 * binding * MIB)).toMatchObject({ contextLength: 32_768, problems: [] });
});

test("the smaller of buffer and binding counts; keys of a long context that do not fit shorten it", () => {
  expect(reportFor(128 * MIB, 64 * MIB).contextLength).toBe(Math.floor((64 * MIB) / 2560));
  expect(reportFor(128 * MIB, 256 * MIB, 1e9)).toMatchObject({
    wantedContextLength: 262_144,
    contextLength: Math.floor((128 * MIB) / 2560),
    problems: [],
  });
});

test("says with both numbers what cannot be bound", () => {
  const { problems } = reportFor(4 * MIB);
  expect(problems).toEqual([
    "The intermediate result of a layer needs 10 MiB at once; this device binds at most 4 MiB.",
    "This device binds 4 MiB at once: a context of 1638 tokens. 2048 are the least.",
  ]);
});

test("a context costs by its tokens, up to what the model was made for and the device can bind", () => {
  expect(contextBytes(PUBLISHED_CONFIG, 65_536)).toBe(2 * contextBytes(PUBLISHED_CONFIG, 32_768));
  expect(longestContext(PUBLISHED_CONFIG, limitsOf(64 * MIB))).toBe(Math.floor((64 * MIB) / 2560));
  expect(longestContext(PUBLISHED_CONFIG, limitsOf(4096 * MIB))).toBe(PUBLISHED_CONFIG.maxPositions);
});
