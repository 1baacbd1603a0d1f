import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import Markdown from "react-markdown";
import remarkGfm from "remark-gfm";
import { expect, test } from "vitest";
import { liftFormulas } from "./lift-formulas";
import { type Node, placeFormulas } from "./place-formulas";
import { tableAsMarkdown, tableAsTsv } from "./table-text";

/** The texts of the one table in this Markdown. */
function textsOf(source: string): { markdown: string; tsv: string } {
  const { markdown, formulas } = liftFormulas(source, false);
  const tables: Node[] = [];
  const table = ({ node }: { node?: unknown }) => {
    tables.push(node as Node);
    return null;
  };
  const plugins = { remarkPlugins: [remarkGfm], rehypePlugins: [placeFormulas] };
  renderToStaticMarkup(createElement(Markdown, { ...plugins, components: { table } }, markdown));
  const [found] = tables;
  if (!found) throw new Error("There is no table.");
  return { markdown: tableAsMarkdown(found, markdown, formulas), tsv: tableAsTsv(found, formulas) };
}

test("a table is copied as it was written, and as cells with tabs between them", () => {
  const table = "| n | **name** |\n|---|:---:|\n| $1$ | `a b` |\n| 2 | x  y |";
  const { markdown, tsv } = textsOf(`Before.\n\n${table}\n\nAfter.`);
  expect(markdown).toBe(table);
  expect(tsv).toBe("n\tname\n$1$\ta b\n2\tx y");
});

test("a line within a formula ends no cell", () => {
  const { markdown, tsv } = textsOf("| a | b |\n|---|---|\n| $|x|$ | 2 |");
  expect(markdown).toBe("| a | b |\n|---|---|\n| $\\|x\\|$ | 2 |");
  expect(tsv).toBe("a\tb\n$|x|$\t2");
});

test("no cell is a command to a spreadsheet", () => {
  const { tsv } = textsOf("| a | b |\n|---|---|\n| =1+1 | @x |\n| -3 | -x |");
  expect(tsv).toBe("a\tb\n'=1+1\t'@x\n-3\t'-x");
});
