import { expect, test } from "vitest";
import { fencedCode } from "./fenced-code";

test.each([
  ["```js\na\n\nb\n```", "a\n\nb\n"],
  ["```\na", "a"],
  ["~~~ x`y\na\n~~~~\n", "a\n"],
  ["````\n```\n````", "```\n"],
  ["```", ""],
])("the code in %j", (block, code) => {
  expect(fencedCode(block, false)).toBe(code);
});

test.each(["`a`", "a\n```\nb\n```", "``` a`b\n```", "```\na\n```\nb", "    a"])("%j is not code alone", (block) => {
  expect(fencedCode(block, false)).toBeUndefined();
});

test("what may become the closing fence is held back while more may follow", () => {
  expect(fencedCode("```\na\n``", true)).toBe("a\n");
  expect(fencedCode("```\na\n``", false)).toBe("a\n``");
  expect(fencedCode("```\na\n`b", true)).toBe("a\n`b");
});

test("a fence may be tens of thousands of characters long", () => {
  const fence = "~".repeat(100_000);
  expect(fencedCode(`${fence}\na\n${fence}`, false)).toBe("a\n");
  expect(fencedCode(`${fence}\na\n~~~`, false)).toBe("a\n~~~");
});
