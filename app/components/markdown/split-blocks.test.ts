import { expect, test } from "vitest";
import { splitBlocks } from "./split-blocks";

test.each([
  ["\n\nThe answer is $\\boxed{5}$.", ["The answer is $\\boxed{5}$."]],
  ["one\ntwo\n\n\nthree\n", ["one\ntwo", "three"]],
  ["```js\na\n\nb\n```\n\nc", ["```js\na\n\nb\n```", "c"]],
  ["a\n```\nb\n```\nc\n    ```\nd", ["a", "```\nb\n```", "c\n    ```\nd"]],
  ["# a\nb\n| c |\n## d\n- e", ["# a", "b\n| c |", "## d", "- e"]],
  ["- a\n  ```\n  b\n\n  ```\n- c", ["- a\n  ```\n  b\n\n  ```\n- c"]],
  ["````\n```\n\n````\n\nc", ["````\n```\n\n````", "c"]],
  ["```\nunclosed\n\nrest", ["```\nunclosed\n\nrest"]],
  ["\\[\na\n\nb\n\\]\n\nc", ["\\[\na\n\nb\n\\]", "c"]],
  ["$$a$$\n\nb", ["$$a$$", "b"]],
  ["$$\na\n\n$$\n\nb", ["$$\na\n\n$$", "b"]],
  ["\\\\[2pt]\n\nb", ["\\\\[2pt]", "b"]],
  ["1. a\n\n   more\n\n2. b\n\nend", ["1. a\n\n   more\n\n2. b", "end"]],
  ["# a\n\n- b\n- c", ["# a", "- b\n- c"]],
  ["a\n- b\n- c\n\nd", ["a", "- b\n- c", "d"]],
  ["a\n1. b\n2. c", ["a", "1. b\n2. c"]],
  ["a\n1984. b\n-1\n- \n*c*", ["a\n1984. b\n-1\n- \n*c*"]],
  ["a\n***\nb\n_ _ _", ["a", "***\nb", "_ _ _"]],
  ["- a\n***\n- b", ["- a\n***\n- b"]],
  ["> a\n- b", ["> a", "- b"]],
  ["a\n---\nb", ["a\n---\nb"]],
  ["| a |\n| - |\n| 1 |\n---\nb", ["| a |\n| - |\n| 1 |", "---\nb"]],
  ["| a |\n| - |\n- b", ["| a |\n| - |", "- b"]],
  ["\\[\na\n- b\n\\]", ["\\[\na\n- b\n\\]"]],
  ["", []],
])("cuts %j", (text, expected) => {
  expect(splitBlocks(text)).toEqual(expected);
});

test.each(["- a", "1. a", "***", "---", "==="])("a long paragraph ends at %j right below it", (line) => {
  const paragraph = "So it is, and so on. ".repeat(50);
  expect(splitBlocks(`${paragraph}\n${line}`)).toEqual([paragraph, line]);
});

test("as a text grows, all blocks but the last stay as they are", () => {
  const text =
    "# A\n\nSome $x$ text\nover lines.\n\n- a\n\n- b\n\n```\ncode\n\n```\n\n\\[\nx\n\n\\]\n\nThe end.\n\nSteps:\n- c\n- d";
  let before: string[] = [];
  for (let end = 1; end <= text.length; end++) {
    const blocks = splitBlocks(text.slice(0, end));
    const settled = before.slice(0, -1);
    expect(blocks.slice(0, settled.length)).toEqual(settled);
    before = blocks;
  }
  expect(before).toHaveLength(8);
});

const numbered = (count: number, first = 1) =>
  Array.from(
    { length: count },
    (_, index) => `${first + index}. Item ${first + index}, ${"as long as a line ".repeat(5)}`,
  );

test("a long list is cut between items, whose numbers go on", () => {
  const blocks = splitBlocks(numbered(50).join("\n"));
  expect(blocks.length).toBeGreaterThan(3);
  expect(blocks.join("\n").split("\n")).toEqual(numbered(50));
  for (const block of blocks) expect(block).toMatch(/^\d+[.] Item/);
});

test("each item's own lists, paragraphs and code stay with it", () => {
  const items = numbered(20).map((item) => `${item}\n   - a\n   - b\n\n   more\n\n   \`\`\`\n1. code\n   \`\`\``);
  const blocks = splitBlocks(items.join("\n"));
  expect(blocks.length).toBeGreaterThan(2);
  for (const block of blocks) expect(block).toMatch(/^\d+[.] Item[\s\S]*\n {3}```$/);
});

test.each([
  ["numbers that do not go on", numbered(30).map((item) => item.replace(/^\d+/, "1"))],
  ["numbers that leave one out", [...numbered(5), ...numbered(30, 7)]],
])("a list is not cut after %s", (_, items) => {
  expect(splitBlocks(items.join("\n"))).toHaveLength(1);
});

test("the blocks of a long list stay as they are while it grows", () => {
  const text = `${numbered(30).join("\n")}\n\n${"- and\n- -\n-\n\n- so on\n".repeat(60)}`;
  let before: string[] = [];
  for (let end = 1; end <= text.length; end++) {
    const blocks = splitBlocks(text.slice(0, end));
    const settled = before.slice(0, -1);
    expect(blocks.slice(0, settled.length)).toEqual(settled);
    before = blocks;
  }
});
