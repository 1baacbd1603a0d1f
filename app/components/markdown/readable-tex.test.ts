import { expect, test } from "vitest";
import { readableTex } from "./readable-tex";

test.each([
  ["\\boxed{20126}", "\\boxed{20126}"],
  ["\\boxed{4 remainder 26}", "\\boxed{4\\text{ remainder }26}"],
  ["\\boxed{no}", "\\boxed{\\text{no}}"],
  ["\\boxed{not a prime}", "\\boxed{\\text{not }a\\text{ prime}}"],
  ["\\boxed{2 * 3 * 7}", "\\boxed{2 \\times  3 \\times  7}"],
  ["\\boxed{-7, 10}", "\\boxed{-7, 10}"],
  ["x = \\boxed{x}", "x = \\boxed{x}"],
  ["\\boxed{\\frac{1}{2}}", "\\boxed{\\frac{1}{2}}"],
  ["a * b", "a * b"],
])("makes %j readable", (tex, expected) => {
  expect(readableTex(tex)).toBe(expected);
});
