import { expect, test } from "vitest";
import { lastBoxed } from "./last-boxed";

test.each([
  ["so $\\boxed{5}$ and $\\boxed{ 6 }$.", "6"],
  ["\\boxed{\\frac{1}{2}}", "\\frac{1}{2}"],
  ["\\boxed{\\{1\\}}", "\\{1\\}"],
  ["\\boxed{1 \\boxed{2}}", "2"],
  ["\\boxed{1} and \\boxed{2", "1"],
  ["\\boxed{}", undefined],
  ["\\boxed{2", undefined],
  ["none", undefined],
  ["\\boxed{".repeat(10_000), undefined],
])("of %j", (answer, expected) => {
  expect(lastBoxed(answer)).toBe(expected);
});
