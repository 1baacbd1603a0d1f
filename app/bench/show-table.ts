import type { Table } from "./protocol";

/** A table as the page shows it: a column for each figure that any row has. */
export function showTable({ title, note, rows }: Table): HTMLElement {
  const columns = [...new Set(rows.flatMap(({ figures }) => Object.keys(figures)))];
  const table = element("table", [
    element("caption", [title]),
    element("thead", [element("tr", [element("td", []), ...columns.map((column) => heading("col", column))])]),
    element(
      "tbody",
      rows.map(({ name, figures }) =>
        element("tr", [heading("row", name), ...columns.map((column) => element("td", [spell(figures[column])]))]),
      ),
    ),
  ]);
  return element("section", [table, ...(note ? [element("p", [note])] : [])]);
}

/** Three significant digits, more only before the point. */
function spell(value: number | undefined): string {
  if (value === undefined) return "";
  const digits = Math.max(3, Math.floor(Math.log10(Math.abs(value) || 1)) + 1);
  return value.toLocaleString("en", { maximumSignificantDigits: Number.isInteger(value) ? 21 : digits });
}

function heading(scope: "col" | "row", text: string): HTMLElement {
  const cell = element("th", [text]);
  cell.setAttribute("scope", scope);
  return cell;
}

function element(tag: string, children: readonly (Node | string)[]): HTMLElement {
  const made = document.createElement(tag);
  made.append(...children);
  return made;
}
