import { expect, test } from "vitest";
import { parseConfig } from "./config";
import { decodeCost, floorMs, prefillCost } from "./cost";
import publishedConfig from "./oracle/fixtures/full/config.json";

const config = parseConfig(publishedConfig);

test("a token of the published model reads 2.2 GB of weights and states", () => {
  const { bytes, operations } = decodeCost(config, 0);
  expect(bytes / 1e9).toBeCloseTo(2.2, 1);
  // A multiply-add for each of 3.85 billion weights; the embedding's are the LM head's.
  expect(operations / 1e9).toBeCloseTo(2 * 3.85, 0);
});

test("past the window a position costs what eight layers read of the one cache", () => {
  const [at2K, at32K] = [decodeCost(config, 2048), decodeCost(config, 32_768)];
  expect((at32K.bytes - at2K.bytes) / (32_768 - 2048)).toBe(8 * 2 * 2 * 20 * 64);
});

test("with an 8-bit cache it costs 132 bytes a head where f16 takes 256", () => {
  const [at2K, at32K] = [decodeCost(config, 2048, "int8"), decodeCost(config, 32_768, "int8")];
  expect((at32K.bytes - at2K.bytes) / (32_768 - 2048)).toBe(8 * 20 * 132);
});

test("a prompt costs the self-decoder's weights once a chunk, and its operations once a token", () => {
  const [one, four] = [prefillCost(config, 256, 256), prefillCost(config, 1024, 256)];
  expect(four.bytes).toBe(4 * one.bytes);
  expect(four.operations).toBe(4 * one.operations);
  expect(prefillCost(config, 257, 256).bytes).toBe(2 * one.bytes);
});

test("the floor is the larger of memory's and arithmetic's", () => {
  const peak = { bytesPerSecond: 1e12, operationsPerSecond: 1e13 };
  expect(floorMs({ bytes: 2e9, operations: 1e9 }, peak)).toBe(2);
  expect(floorMs({ bytes: 1e9, operations: 5e10 }, peak)).toBe(5);
});
