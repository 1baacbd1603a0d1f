import { expect, test } from "vitest";
import { columnShares } from "./column-shares";

test("columns share the width by the lengths of their names, within bounds", () => {
  expect(columnShares(["n", "", "x"])).toEqual([33.33, 33.33, 33.33]);
  const [short = 0, long = 0] = columnShares(["n", "an explanation ".repeat(9)]);
  expect(long / short).toBeCloseTo(4, 1);
});
