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
  ["so *it (that", "so *it (that*"],
  ["so *it (that) is", "so *it (that) is*"],
  ["(*see", "(*see*"],
  ["so *(that)", "so *(that)*"],
  ["so *f(g(x)) is", "so *f(g(x)) is*"],
  ["in 2 **steps", "in 2 **steps**"],
  ["a *new", "a *new*"],
  ["| a | *b", "| a | *b*"],
  ["| **", "| "],
])("%j is seen as %j", (text, seen) => {
  expect(closeEmphasis(text)).toBe(seen);
});

test.each([
  "2 *3 = 6 and so on",
  "x *y = 6",
  "f(_x) and",
  "f(_x",
  "(2, _y) and",
  "so *, and",
  "| 5 *x | 10",
  "| *a | b",
])("the sign in %j means itself", (text) => {
  expect(closeEmphasis(text)).toBe(text);
});

test.each(["2 * 3", "a **b** c", "a_1 is b_2", "5\\*3", "`a*b` c", "- a\n- b", "* ", "a\n* ", "- **a**", ""])(
  "%j stays as it is",
  (text) => {
    expect(closeEmphasis(text)).toBe(text);
  },
);
