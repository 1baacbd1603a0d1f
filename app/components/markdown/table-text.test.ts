import { expect, test } from "vitest";
import { liftFormulas } from "./lift-formulas";
import { tableAsMarkdown, tableAsTsv } from "./table-text";

const markdownOf = (source: string): string => {
  const { markdown, formulas } = liftFormulas(source, false);
  return tableAsMarkdown(markdown, formulas);
};

test("a table is copied as it was written, but for bars within formulas", () => {
  const table = "| n | **name** |\n|---|:---:|\n| $1$ | `a b` |\n| 2 | x  y |";
  expect(markdownOf(table)).toBe(table);
  expect(markdownOf("| a | b |\n|---|---|\n| $|x|$ | 2 |")).toBe("| a | b |\n|---|---|\n| $\\|x\\|$ | 2 |");
});

test("a table is copied as cells with tabs between them, each in a line", () => {
  const rows = [
    ["n", "name"],
    ["$|x|$", " a\tb\n c "],
  ];
  expect(tableAsTsv(rows)).toBe("n\tname\n$|x|$\ta b c");
});

test("no cell is a command to a spreadsheet", () => {
  const rows = [
    ["=1+1", "@x"],
    ["-3", "-x"],
  ];
  expect(tableAsTsv(rows)).toBe("'=1+1\t'@x\n-3\t'-x");
});
