import { useId } from "react";
import type { Table } from "./protocol";

/** A table: a column for each figure that any row has. One that is wider than the screen scrolls by itself. */
export function BenchTable({ title, note, rows }: Table) {
  const noteId = useId();
  const columns = [...new Set(rows.flatMap(({ figures }) => Object.keys(figures)))];
  return (
    // What scrolls must be in reach of the keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above.
    <section aria-label={title} tabIndex={0} className="bench-table">
      <table aria-describedby={note ? noteId : undefined}>
        <caption>{title}</caption>
        <thead>
          <tr>
            <td />
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, figures }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a table never changes, and a context given twice has two rows of one name.
            <tr key={index}>
              <th scope="row">{name}</th>
              {columns.map((column) => (
                <td key={column}>{spell(figures[column])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {note && <p id={noteId}>{note}</p>}
    </section>
  );
}

/** Three significant digits, more only before the point. */
function spell(value: number | undefined): string {
  if (value === undefined) return "";
  const digits = Math.max(3, Math.floor(Math.log10(Math.abs(value) || 1)) + 1);
  return value.toLocaleString("en", { maximumSignificantDigits: Number.isInteger(value) ? 21 : digits });
}
