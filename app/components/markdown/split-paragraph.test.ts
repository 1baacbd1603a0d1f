import { expect, test } from "vitest";
import { splitParagraph } from "./split-paragraph";

const sentences = (count: number) =>
  Array.from(
    { length: count },
    (_, n) => `Since $a_{${n}} = ${n}^2. B$ and \\(b. C\\), *both. D* grow, \`f. G\` and [so. On](x) is **${n}**. `,
  ).join("");

test("a long paragraph is cut between sentences, and nowhere within a formula, code, emphasis or a link", () => {
  const parts = splitParagraph(sentences(40));
  expect(parts.length).toBeGreaterThan(4);
  expect(parts.join("")).toBe(sentences(40));
  for (const part of parts) expect(part).toMatch(/^Since .*[*]{2}[.] $/s);
});

test("as it grows, all parts but the last stay as they are", () => {
  const text = sentences(30);
  let before: string[] = [];
  for (let end = 1; end <= text.length; end++) {
    const parts = splitParagraph(text.slice(0, end));
    const settled = before.slice(0, -1);
    expect(parts.slice(0, settled.length)).toEqual(settled);
    before = parts;
  }
});

test("what is open for too long is cut all the same", () => {
  const parts = splitParagraph(`**${"It never ends. ".repeat(600)}`);
  expect(parts.length).toBeGreaterThan(1);
  for (const part of parts) expect(part.length).toBeLessThan(2_800);
});

test("a sentence that would begin as a list does is not cut off", () => {
  const parts = splitParagraph("It was in the year of 1984. 1. Then - now. # So. ".repeat(40));
  for (const part of parts) expect(part).not.toMatch(/^(\d|-|#)/);
});

test.each([
  ["a list", "- It is. So it is. "],
  ["a heading", "## It is. So it is. "],
  ["a quote", "> It is. So it is. "],
  ["a table", "| It is. So it is. "],
  ["lines of which one begins a list", "It is. So it is.\n1. It is. "],
  ["a line that makes what is above it a heading", "It is. So it is.\n---\n"],
])("%s stays whole", (_, begin) => {
  const block = `${begin}${"It is. So it is. ".repeat(100)}`;
  expect(splitParagraph(block)).toEqual([block]);
});

test.each(["*", "_", "`", "$", '"', ")", "]", "[a\n", "***", ". "])(
  "tens of thousands of %j are read in one go",
  (sign) => {
    const block = sign.repeat(100_000);
    expect(splitParagraph(block).join("")).toBe(block);
  },
);

test("a sentence may end with a few signs", () => {
  const block = 'It **"is (so)."** '.repeat(100);
  expect(splitParagraph(block).length).toBeGreaterThan(1);
});
