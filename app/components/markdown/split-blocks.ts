import { splitList } from "./split-list";

/** What a line leaves open, so that a blank line after it ends nothing. */
type Open = { kind: "fence"; marker: string } | { kind: "display"; close: string } | null;

const LIST_ITEM = /^ {0,3}([-*+]|\d{1,9}[.)])(\s|$)/;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;

/**
 * Cuts Markdown at blank lines into blocks that can be rendered apart, so that while an answer grows only its last block
 * changes. Code fences and display formulas stay whole; a long list goes on in another block.
 */
export function splitBlocks(text: string): string[] {
  const blocks: string[] = [];
  let lines: string[] = [];
  let inside: boolean[] = [];
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
    if (sawBlank && lines.length > 0) {
      if (belongsTo(lines, line)) {
        lines.push("");
        inside.push(false);
      } else {
        close();
      }
    }
    sawBlank = false;
    inside.push(open !== null);
    lines.push(line);
    open = openAfter(open, line);
  }
  if (lines.length > 0) close();
  return blocks;
}

/** Whether a line after a blank one goes on with the list that the block begins with. */
function belongsTo([first = ""]: readonly string[], line: string): boolean {
  return LIST_ITEM.test(first) && (LIST_ITEM.test(line) || /^\s/.test(line));
}

function openAfter(open: Open, line: string): Open {
  if (open?.kind === "fence") {
    const [, marker = ""] = FENCE.exec(line) ?? [];
    return marker.startsWith(open.marker) && line.trim() === marker ? null : open;
  }
  const [, marker] = open ? [] : (FENCE.exec(line) ?? []);
  return marker ? { kind: "fence", marker } : displayAfter(open?.close, line);
}

function displayAfter(close: string | undefined, line: string): Open {
  let expected = close;
  for (const [found] of line.matchAll(/\\[\s\S]|\$\$/g)) {
    if (expected) expected = found === expected ? undefined : expected;
    else if (found === "$$") expected = "$$";
    else if (found === "\\[") expected = "\\]";
  }
  return expected ? { kind: "display", close: expected } : null;
}
