import { expect, test } from "vitest";
import { splitBlocks } from "./split-blocks";

test.each([
  ["\n\nThe answer is $\\boxed{5}$.", ["The answer is $\\boxed{5}$."]],
  ["one\ntwo\n\n\nthree\n", ["one\ntwo", "three"]],
  ["```js\na\n\nb\n```\n\nc", ["```js\na\n\nb\n```", "c"]],
  ["````\n```\n\n````\n\nc", ["````\n```\n\n````", "c"]],
  ["```\nunclosed\n\nrest", ["```\nunclosed\n\nrest"]],
  ["\\[\na\n\nb\n\\]\n\nc", ["\\[\na\n\nb\n\\]", "c"]],
  ["$$a$$\n\nb", ["$$a$$", "b"]],
  ["$$\na\n\n$$\n\nb", ["$$\na\n\n$$", "b"]],
  ["\\\\[2pt]\n\nb", ["\\\\[2pt]", "b"]],
  ["1. a\n\n   more\n\n2. b\n\nend", ["1. a\n\n   more\n\n2. b", "end"]],
  ["# a\n\n- b\n- c", ["# a", "- b\n- c"]],
  ["", []],
])("cuts %j", (text, expected) => {
  expect(splitBlocks(text)).toEqual(expected);
});

test("as a text grows, all blocks but the last stay as they are", () => {
  const text = "# A\n\nSome $x$ text\nover lines.\n\n- a\n\n- b\n\n```\ncode\n\n```\n\n\\[\nx\n\n\\]\n\nThe end.";
  let before: string[] = [];
  for (let end = 1; end <= text.length; end++) {
    const blocks = splitBlocks(text.slice(0, end));
    const settled = before.slice(0, -1);
    expect(blocks.slice(0, settled.length)).toEqual(settled);
    before = blocks;
  }
  expect(before).toHaveLength(6);
});
