import type { BenchReport, BenchRow, BenchTable } from "./report";

/** Ratios new ÷ old, row by row and figure by figure, of what both reports have. */
export function compareReports(before: BenchReport, after: BenchReport): BenchTable[] {
  return after.tables.flatMap(({ title, rows }) => {
    const old = before.tables.find((table) => table.title === title);
    const ratios = rows.flatMap((row) => {
      const match = old?.rows.find(({ name }) => name === row.name);
      return match ? [ratiosOf(match, row)] : [];
    });
    return ratios.length > 0 ? [{ title: `${title}: new ÷ old`, rows: ratios }] : [];
  });
}

function ratiosOf(before: BenchRow, after: BenchRow): BenchRow {
  const ratios = Object.entries(after.figures).flatMap(([figure, value]) => {
    const old = before.figures[figure];
    // Sizes and counts are equal, and a column of ones would hide the times.
    return old && old !== value ? [[figure, value / old] as const] : [];
  });
  return { name: after.name, figures: Object.fromEntries(ratios) };
}
