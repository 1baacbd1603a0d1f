import { liftFormulas } from "./lift-formulas";
import { type Open, openAfter } from "./open-line";

/** So many rows of a table are parsed together. */
const MOST_ROWS = 4;
/** The head of a table is hardly longer, in characters. */
const MOST_HEAD = 500;
/** So long is waited for its first line, in characters: `|x| = 3` begins with a bar, too. */
const MOST_WAIT = 100;

/** A table whose lines begin with a bar, cut so that a row that comes has only its few neighbours parsed with it. */
export interface TableParts {
  /** The line with the names of the columns and the one that makes it a table. */
  readonly head: string;
  /** Each a few rows. While the table grows, all but the last stay as they are. */
  readonly groups: readonly string[];
}

const ROW = /^ {0,3}\|/;
/** What ends a table though no blank line is before it. */
const OTHER = /^(?: {4}|\t| {0,3}(?:[-+*](?:\s|$)|(?:[-*_][ \t]*){3,}$|[>#<]|`{3}|~{3}|\d{1,9}[.)]\s))/;
const DELIMITERS = /^ {0,3}\|([ \t]*:?-+:?[ \t]*\|)*([ \t]*:?-+:?[ \t]*)?$/;

/** @param block as `splitBlocks` cuts it. @returns undefined where it is not a table and nothing else. */
export function splitTable(block: string): TableParts | undefined {
  if (!ROW.test(block)) return undefined;
  const [names = "", delimiters = "", ...lines] = block.split("\n");
  if (!DELIMITERS.test(delimiters) || namesIn(names).length !== cellsOf(delimiters).length) return undefined;
  const rows: string[] = [];
  let open: Open = null;
  for (const line of lines) {
    if (open) rows.push(`${rows.pop()}\n${line}`);
    else if (OTHER.test(line)) return undefined;
    else rows.push(line);
    open = openAfter(open, line);
  }
  const groups: string[] = [];
  for (let from = 0; from < rows.length; from += MOST_ROWS) groups.push(rows.slice(from, from + MOST_ROWS).join("\n"));
  return { head: `${names}\n${delimiters}`, groups };
}

/** Whether a block that is still growing may turn out to be a table, and is not to be seen as anything else before. */
export function mayBecomeTable(block: string): boolean {
  if (!ROW.test(block) || block.length > MOST_HEAD) return false;
  const [names = "", delimiters, ...rows] = block.split("\n");
  if (delimiters === undefined) return names.length <= MOST_WAIT;
  return rows.length === 0 && /^[|:\- \t]*$/.test(delimiters);
}

/** The names of a table's columns, with a sign in the place of each formula. */
export const namesIn = (head: string): string[] =>
  cellsOf(liftFormulas(head.split("\n", 1)[0] ?? "", false).markdown).map((name) => name.trim());

/** What stands between the bars of a line. */
const cellsOf = (line: string): string[] =>
  line
    .trim()
    .replace(/^\||(?<!\\)\|$/g, "")
    .split(/(?<!\\)\|/);
