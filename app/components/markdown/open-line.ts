/** What a line leaves open, so that a blank line after it ends nothing. */
export type Open = { kind: "fence"; marker: string } | { kind: "display"; close: string } | null;

const FENCE = /^ {0,3}(`{3,}|~{3,})/;

/** What is open after a line, code or a display formula, where `open` was before it. */
export function openAfter(open: Open, line: string): Open {
  if (open?.kind === "fence") {
    const [, marker = ""] = FENCE.exec(line) ?? [];
    return marker.startsWith(open.marker) && line.trim() === marker ? null : open;
  }
  const [, marker] = open ? [] : (FENCE.exec(line) ?? []);
  if (marker) return { kind: "fence", marker };
  // Most lines have none.
  return open || /\$\$|\\\[/.test(line) ? displayAfter(open?.close, line) : null;
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
