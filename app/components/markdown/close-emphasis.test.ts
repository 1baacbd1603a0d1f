import { expect, test } from "vitest";
import { closeEmphasis } from "./close-emphasis";

test.each([
  ["so **it hol", "so **it hol**"],
  ["so **it ", "so **it**"],
  ["so *it", "so *it*"],
  ["so ~~it", "so ~~it~~"],
  ["so `it", "so `it`"],
  ["**a** and _b", "**a** and _b_"],
  ["so **", "so "],
  ["so `", "so "],
])("%j is seen as %j", (text, seen) => {
  expect(closeEmphasis(text)).toBe(seen);
});

test.each(["2 * 3", "a **b** c", "a_1 is b_2", "5\\*3", "`a*b` c", "- a\n- b", "* ", "a\n* ", "- **a**", ""])(
  "%j stays as it is",
  (text) => {
    expect(closeEmphasis(text)).toBe(text);
  },
);
