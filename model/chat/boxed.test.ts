import { expect, test } from "vitest";
import { lastBoxed } from "./boxed";

test.each([
  ["a number", "The answer is $\\boxed{19}$.", "19"],
  ["the last of several", "\\boxed{1} and \\boxed{2} so \\boxed{ 3 }.", "3"],
  ["braces within", "\\boxed{\\frac{1}{2} + {x}}", "\\frac{1}{2} + {x}"],
  ["a box in a box", "\\boxed{a \\boxed{b} c}", "b"],
  ["escaped braces", "\\boxed{\\{1, 2\\}}", "\\{1, 2\\}"],
  ["a space before the brace", "\\boxed {7}", "7"],
  ["an empty box", "\\boxed{}", ""],
  ["the box before one that is cut off", "\\boxed{4} then \\boxed{5", "4"],
  ["a box after a brace too many", "} {x \\boxed{8}", "8"],
  ["a box within one that is cut off", "\\boxed{a{b} \\boxed{9}", "9"],
  ["several lines", "\\boxed{1\r\n+\n2}", "1\r\n+\n2"],
])("finds %s", (_, answer, expected) => expect(lastBoxed(answer)).toBe(expected));

test.each(["", "42", "\\boxed", "\\boxed 5", "\\boxed{5", "boxed{5}", "\\\\boxed{5}", "\\boxed\\{5\\}", "\\fbox{5}"])(
  "finds nothing in %j",
  (answer) => expect(lastBoxed(answer)).toBeUndefined(),
);

test.each(["\\boxed{", "{", "}", "\\", "\\boxed ", "\\boxed{}"])("takes linear time over 20,000 times %j", (piece) => {
  const start = performance.now();
  expect(lastBoxed(`${piece.repeat(20_000)} \\boxed{6}`)).toBe("6");
  expect(performance.now() - start).toBeLessThan(1_000);
});
