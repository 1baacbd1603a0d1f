import { expect, test } from "vitest";
import { withoutMark } from "./without-mark";

test.each([
  ["Steps:\n-", "Steps:"],
  ["Steps:\n- ", "Steps:"],
  ["Steps:\n=", "Steps:"],
  ["Steps:\n1.", "Steps:"],
  ["- a\n  -", "- a"],
  ["> a\n> -", "> a"],
  ["So:\n**", "So:"],
  ["So:\n* * *", "So:"],
  ["a\nb\n---", "a\nb"],
  ["-", ""],
])("of %j no more than %j is seen", (block, seen) => {
  expect(withoutMark(block)).toBe(seen);
});

test.each(["Steps:\n- a", "Steps:\n-1", "a -", "a\n= b", "12", "a\n| -", "**a", ""])("%j is seen as it is", (block) => {
  expect(withoutMark(block)).toBe(block);
});
