import type { BenchTable } from "./report";

/** A table as Markdown: a column for each figure that any row has, aligned for reading as it is. */
export function spellTable({ title, note, rows }: BenchTable): string {
  const columns = [...new Set(rows.flatMap(({ figures }) => Object.keys(figures)))];
  const cells = rows.map(({ name, figures }) => [name, ...columns.map((column) => spellNumber(figures[column]))]);
  const head = ["", ...columns];
  const widths = head.map((cell, column) => Math.max(cell.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string => {
    const padded = row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)));
    return `| ${padded.join(" | ")} |`;
  };
  const rule = widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [`\n## ${title}\n`, ...(note ? [`${note}\n`] : []), line(head), line(rule), ...cells.map(line)].join("\n");
}

/** Three significant digits, more only before the point: 0.0123, 1.23, 12.3, 1234; whole numbers as they are. */
export function spellNumber(value: number | undefined): string {
  if (value === undefined) return "";
  if (Number.isInteger(value) || Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))));
}
