import { expect, test } from "vitest";
import { elapsedMs } from "./measure";

test("passes count from their beginning, or from the end of the one before where that was later", () => {
  const stamps = BigUint64Array.of(1_000_000n, 3_000_000n, 2_500_000n, 4_000_000n, 5_000_000n, 5_250_000n);
  expect(elapsedMs(stamps)).toEqual([2, 1, 0.25]);
  expect(elapsedMs(new BigUint64Array())).toEqual([]);
});
