import { type Formula, MARK } from "./lift-formulas";
import { type Node, writtenIn } from "./place-formulas";

/** The table as Markdown, as it was written. A line within a formula would end a cell. @param markdown in which it stands, its formulas lifted out. */
export function tableAsMarkdown({ position }: Node, markdown: string, formulas: readonly Formula[]): string {
  const written = markdown.slice(position?.start.offset, position?.end.offset);
  return written.replaceAll(new RegExp(MARK, "g"), (mark, number) =>
    (formulas[Number(number)]?.source ?? mark).replaceAll("|", "\\|"),
  );
}

/** The table for a spreadsheet: rows are lines, and tabs stand between cells. What it would take for a command is text. */
export function tableAsTsv(table: Node, formulas: readonly Formula[]): string {
  const rows = elementsIn(table, "tr").map((row) => elementsIn(row, "th", "td"));
  return rows.map((cells) => cells.map((cell) => cellText(writtenIn(cell, formulas))).join("\t")).join("\n");
}

function cellText(written: string): string {
  const text = written.replace(/\s+/g, " ").trim();
  return /^[=@]|^[+-](?![\d.])/.test(text) ? `'${text}` : text;
}

/** In order, without what is within them. */
function elementsIn({ children = [] }: Node, ...names: readonly string[]): Node[] {
  return children.flatMap((child) => (names.includes(child.tagName ?? "") ? [child] : elementsIn(child, ...names)));
}
