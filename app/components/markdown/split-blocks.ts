import { type Open, openAfter } from "./open-line";
import { splitList } from "./split-list";

/** A fence that is in nothing else, neither a list nor a quote. */
const FENCE = /^(`{3,}(?=[^`]*$)|~{3,})/;
/** It is one line. */
const HEADING = /^#{1,6}(\s|$)/;
const LIST_ITEM = /^ {0,3}([-*+]|\d{1,9}[.)])(\s|$)/;
/** It ends a paragraph right above it: the first item of a list, or a rule. */
const INTERRUPTS = /^ {0,3}(?:(?:[-*+]|1[.)])\s+\S|([*_])[ \t]*(?:\1[ \t]*){2,}$)/;
/** It makes a heading of the lines above it, or is a rule. */
const UNDERLINE = /^ {0,3}(?:-{2,}|={2,})[ \t]*$/;
/** No heading is longer, in characters. */
const MOST_HEADING = 500;

/**
 * Cuts Markdown at blank lines into blocks that can be rendered apart, so that while an answer grows only its last block
 * changes. Code fences, each a block by itself, and display formulas stay whole; a long list goes on in another block.
 */
export function splitBlocks(text: string): string[] {
  const blocks: string[] = [];
  let lines: string[] = [];
  let inside: boolean[] = [];
  const put = (line: string, isInside: boolean) => {
    lines.push(line);
    inside.push(isInside);
  };
  const close = () => {
    blocks.push(...splitList(lines.join("\n"), inside));
    lines = [];
    inside = [];
  };
  let open: Open = null;
  let sawBlank = false;
  for (const line of text.split("\n")) {
    if (!open && line.trim() === "") {
      sawBlank = true;
      continue;
    }
    if (!open && begins(lines, line, sawBlank)) close();
    else if (sawBlank) put("", false);
    sawBlank = false;
    put(line, open !== null);
    const before = open;
    open = openAfter(before, line);
    if (isFenceOver(lines, before, open)) close();
  }
  close();
  return blocks.filter((block) => block !== "");
}

/** Whether another block begins with this line. */
function begins(lines: readonly string[], line: string, isAfterBlank: boolean): boolean {
  const [first] = lines;
  if (first === undefined || FENCE.test(line) || HEADING.test(line) || HEADING.test(first)) return true;
  if (LIST_ITEM.test(first)) return isAfterBlank && !belongsTo(line);
  return isAfterBlank || INTERRUPTS.test(line) || (UNDERLINE.test(line) && !mayBeHeading(lines));
}

/** Whether a line below these makes a heading of them: not of a table, nor of a long paragraph, cut as that may be. */
const mayBeHeading = (lines: readonly string[]): boolean =>
  (lines.length === 1 || !lines[0]?.startsWith("|")) &&
  lines.reduce((sum, { length }) => sum + length, 0) <= MOST_HEADING;

/** Whether a block that begins with a fence has come to the one that ends it. */
const isFenceOver = ([first = ""]: readonly string[], before: Open, after: Open): boolean =>
  before !== null && after === null && FENCE.test(first);

/** Whether a line after a blank one goes on with the list above it. */
const belongsTo = (line: string): boolean => LIST_ITEM.test(line) || /^\s/.test(line);
