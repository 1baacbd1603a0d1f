import { expect, test } from "vitest";
import { liftFormulas } from "./lift-formulas";

/** Marks shown as «0», formulas as their TeX, display ones between double bars. */
function lifted(text: string, isGrowing = false): [string, ...string[]] {
  const { markdown, formulas } = liftFormulas(text, isGrowing);
  const shown = formulas.map(({ tex, isDisplay }) => (isDisplay ? `||${tex}||` : tex));
  return [markdown.replace(/\uE000(\d+)\uE001/g, "«$1»"), ...shown];
}

test.each([
  ["The answer is $\\boxed{20126}$.", ["The answer is «0».", "\\boxed{20126}"]],
  ["so \\(x_1 * x_2\\) and \\[ a \\\\ b \\] end", ["so «0» and «1» end", "x_1 * x_2", "||a \\\\ b||"]],
  ["$$\na\n= b\n\n- c\n$$", ["«0»", "||a\n= b\n\n- c||"]],
  ["$a$, $b$$c$", ["«0», «1»«2»", "a", "b", "c"]],
  ["cost $\\$5$ each", ["cost «0» each", "\\$5"]],
  ["| $|x|$ | \\(a|b\\) |", ["| «0» | «1» |", "|x|", "a|b"]],
  ["$f(x)\n= 2$", ["«0»", "f(x)\n= 2"]],
])("takes formulas out of %j", (text, expected) => {
  expect(lifted(text)).toEqual(expected);
});

test.each([
  ["from $5 to $10 and back"],
  ["a $ b $ c"],
  ["\\$a\\$ and \\\\(a\\\\)"],
  ["`$a$` and ``\\(`b`\\)``"],
  ["```\n$a$\n```\nend"],
  ["~~~tex\n\\[a\\]"],
  ["a $b\n\nc$ d"],
  ["\\( never closed"],
  ["$$$$ and \\(\\)"],
])("finds none in %j", (text) => {
  expect(lifted(text)).toEqual([text]);
});

test.each([
  ["The answer is $\\boxed{20", "The answer is "],
  ["The answer is $", "The answer is "],
  ["so \\", "so "],
  ["so \\(x", "so "],
  ["so \\[\nx\n\n= 2", "so "],
  ["so $$x$", "so "],
])("holds back what is still being written in %j", (text, expected) => {
  expect(lifted(text, true)).toEqual([expected]);
  expect(lifted(text)[0]).toBe(text);
});

test("does not hold back what has become no formula", () => {
  const prose = `It costs $5 ${"and more ".repeat(30)}`;
  expect(lifted(prose, true)).toEqual([prose]);
  expect(lifted("It costs $5.\nAnd", true)).toEqual(["It costs $5.\nAnd"]);
  expect(lifted("a \\(b\n\nc", true)).toEqual(["a \\(b\n\nc"]);
});

test("marks cannot be forged by the text", () => {
  expect(lifted("\uE0000\uE001 $a$")).toEqual(["0 «0»", "a"]);
});

test("every way of cutting a text short is taken", () => {
  const text = "a **b** $\\frac{1}{2}$ `c $` \\[ x^2 \\] $5 ```\n$\n``` \\(y\\)";
  for (let end = 0; end <= text.length; end++) {
    expect(liftFormulas(text.slice(0, end), true).markdown.length).toBeLessThanOrEqual(end + 8);
  }
});

test.each(["`", "~"])("code may be marked by tens of thousands of %j", (sign) => {
  const mark = sign.repeat(100_000);
  const markdown = `${mark}\n$a$\n${mark}`;
  expect(liftFormulas(markdown, false)).toEqual({ markdown, formulas: [] });
});
