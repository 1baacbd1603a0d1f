import { memo } from "react";
import type { Components } from "react-markdown";
import { columnShares } from "./column-shares";
import { liftFormulas } from "./lift-formulas";
import { COMPONENTS, Parsed } from "./parsed";
import { namesIn, type TableParts } from "./split-table";
import { TableBlock } from "./table-block";
import { tableAsMarkdown } from "./table-text";

/** Narrower columns, in rem, have the table scroll. */
const NARROWEST = 7;

/** So many groups of rows stand below one head. */
const MOST_GROUPS = 5;

interface SetTableProps {
  source: string;
  parts: TableParts;
  isGrowing: boolean;
}

/**
 * A table whose rows are parsed a few at a time, so that one that comes touches its neighbours only. Its columns keep their
 * width. After so many rows as fill a screen its head is said again: so far at most the browser lays out and draws it anew.
 */
export function SetTable({ source, parts: { head, groups }, isGrowing }: SetTableProps) {
  const shares = columnShares(namesIn(head));
  const markdown = () => {
    const lifted = liftFormulas(source, false);
    return tableAsMarkdown(lifted.markdown.trim(), lifted.formulas);
  };
  const pages: string[][] = [];
  for (let from = 0; from === 0 || from < groups.length; from += MOST_GROUPS)
    pages.push(groups.slice(from, from + MOST_GROUPS));
  return (
    <TableBlock markdown={markdown} isGrowing={isGrowing}>
      {pages.map((some, page) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows only ever come at the end.
        <div key={page} className="table-page" style={{ minWidth: `${shares.length * NARROWEST}rem` }}>
          <table>
            <colgroup>
              {shares.map((share, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place.
                <col key={index} style={{ width: `${share}%` }} />
              ))}
            </colgroup>
            <Rows head={head} isGrowing={false} />
            {some.map((rows, index) => (
              <Rows
                // biome-ignore lint/suspicious/noArrayIndexKey: as above.
                key={index}
                head={head}
                rows={rows}
                isGrowing={isGrowing && page * MOST_GROUPS + index === groups.length - 1}
              />
            ))}
          </table>
        </div>
      ))}
    </TableBlock>
  );
}

interface RowsProps {
  head: string;
  /** Without any, the head itself is set. */
  rows?: string;
  isGrowing: boolean;
}

const Rows = memo(function Rows({ head, rows, isGrowing }: RowsProps) {
  const lifted = liftFormulas(rows === undefined ? head : `${head}\n${rows}`, isGrowing);
  return <Parsed lifted={lifted} components={rows === undefined ? HEAD : BODY} />;
});

const INSIDE: Components = { ...COMPONENTS, table: ({ children }) => children };
const HEAD: Components = { ...INSIDE, tbody: () => null };
const BODY: Components = { ...INSIDE, thead: () => null };
