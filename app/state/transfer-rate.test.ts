import { expect, test } from "vitest";
import { NO_RATE, rateAfter, timeLeftMs } from "./transfer-rate";

test("counts what came within the last half minute", () => {
  let rate = rateAfter(NO_RATE, 0, 5_000_000);
  expect(rate.bytesPerSecond).toBe(0);
  rate = rateAfter(rate, 500, 6_000_000);
  expect(rate.bytesPerSecond).toBe(0);
  rate = rateAfter(rate, 2_000, 7_000_000);
  expect(rate.bytesPerSecond).toBe(1_000_000);
  rate = rateAfter(rate, 31_000, 94_000_000);
  expect(rate.samples[0]?.atMs).toBe(2_000);
  expect(rate.bytesPerSecond).toBe(3_000_000);
  expect(timeLeftMs(rate, 6_000_000)).toBe(2_000);
});

test("what is void afterwards is no negative speed, and without a speed there is no time left", () => {
  const rate = rateAfter(rateAfter(NO_RATE, 0, 5_000), 2_000, 1_000);
  expect(rate.bytesPerSecond).toBe(0);
  expect(timeLeftMs(rate, 1)).toBeUndefined();
});
