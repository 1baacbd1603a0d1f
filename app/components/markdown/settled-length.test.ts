import { expect, test } from "vitest";
import { settledLength } from "./settled-length";

test.each([
  ["", ""],
  ["a\nb", "a\n"],
  ["a\n$$\nx\n", "a\n"],
  ["a\n$$\nx\n$$\nb", "a\n$$\nx\n$$\n"],
  ["\\[\nx\n\\]\n\\[\ny\n", "\\[\nx\n\\]\n"],
  ["a\n```\n$$\n", "a\n"],
  ["It is $x\nand so", "It is $x\n"],
])("of %j nothing after %j is settled", (text, settled) => {
  expect(text.slice(0, settledLength(text))).toBe(settled);
});
