import { expect, test } from "vitest";
import { mayBecomeTable, namesIn, splitTable } from "./split-table";

const HEAD = "| n | $|n|$ |\n| --: | :-- |";
const rows = (count: number) => Array.from({ length: count }, (_, n) => `| ${n} | $|${n}|$ |`);

test("a table is cut into its head and groups of rows", () => {
  const { head, groups } = splitTable([HEAD, ...rows(20)].join("\n")) ?? { head: "", groups: [] };
  expect(head).toBe(HEAD);
  expect(groups.length).toBeGreaterThan(2);
  expect(groups.join("\n").split("\n")).toEqual(rows(20));
});

test("as it grows, all groups but the last stay as they are", () => {
  const text = [HEAD, ...rows(20)].join("\n");
  let before: readonly string[] = [];
  for (let end = HEAD.length + 2; end <= text.length; end++) {
    const { groups = [] } = splitTable(text.slice(0, end).trimEnd()) ?? {};
    const settled = before.slice(0, -1);
    expect(groups.slice(0, settled.length)).toEqual(settled);
    before = groups;
  }
});

test("a row goes on where a display formula in it does", () => {
  const row = "| \\[\nx\n\\] | 1 |";
  expect(splitTable(`${HEAD}\n${row}\n| 2 | 3 |`)?.groups).toEqual([`${row}\n| 2 | 3 |`]);
});

test.each([
  ["no bar before its cells", "a | b\n--- | ---\n1 | 2"],
  ["another number of columns below its names", "| a | b |\n| --- |\n| 1 |"],
  ["a list right below it", `${HEAD}\n| 1 | 2 |\n- The end.`],
  ["a rule right below it", `${HEAD}\n| 1 | 2 |\n---\nText`],
  ["a rule of stars right below it", `${HEAD}\n| 1 | 2 |\n * * *`],
  ["an empty item right below it", `${HEAD}\n| 1 | 2 |\n-`],
  ["no second line", "| a | b |"],
])("what has %s is left to Markdown", (_, block) => {
  expect(splitTable(block)).toBeUndefined();
});

test("before its first row begins it may become a table", () => {
  expect(mayBecomeTable("| a | b |\n| --- | -")).toBe(true);
  expect(mayBecomeTable(`${HEAD}\n|`)).toBe(false);
  expect(mayBecomeTable("a | b")).toBe(false);
  expect(mayBecomeTable(`| ${"a | ".repeat(50)}\n|--`)).toBe(true);
  expect(mayBecomeTable(`| ${"a | ".repeat(200)}\n|--`)).toBe(false);
});

test.each([`|x - 2| < 5 means that ${"x is near to 2 and ".repeat(5)}`, "|x| = 3, so\nthe answer", "|x| = 3\nso"])(
  "what cannot become a table is not held back: %j",
  (block) => {
    expect(mayBecomeTable(block)).toBe(false);
  },
);

test("a row may begin with a minus sign", () => {
  expect(splitTable(`${HEAD}\n-1 | 2`)?.groups).toEqual(["-1 | 2"]);
});

test("names are told apart by the bars outside of formulas", () => {
  expect(namesIn("| a \\| b | $|x|$ | |\n| - | - | - |")).toHaveLength(3);
});
