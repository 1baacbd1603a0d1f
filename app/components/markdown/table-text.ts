import { type Formula, MARK } from "./lift-formulas";

/** A table as Markdown, as it was written. A bar within a formula would end a cell. @param markdown its formulas lifted out. */
export const tableAsMarkdown = (markdown: string, formulas: readonly Formula[]): string =>
  markdown.replaceAll(new RegExp(MARK, "g"), (mark, number) =>
    (formulas[Number(number)]?.source ?? mark).replaceAll("|", "\\|"),
  );

/** A table for a spreadsheet: rows are lines, and tabs stand between cells. What it would take for a command is text. */
export const tableAsTsv = (rows: readonly (readonly string[])[]): string =>
  rows.map((cells) => cells.map(cellText).join("\t")).join("\n");

function cellText(written: string): string {
  const text = written.replace(/\s+/g, " ").trim();
  return /^[=@]|^[+-](?![\d.])/.test(text) ? `'${text}` : text;
}
