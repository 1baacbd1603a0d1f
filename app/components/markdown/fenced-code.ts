const OPENING = /^(`{3,}(?=[^`\n]*(?:\n|$))|~{3,})[^\n]*(?:\n|$)/;

/**
 * The code in a block that is fenced code and nothing else. Markdown need not be asked, which would read all of it.
 *
 * @param isGrowing More may follow: a last line that may become the closing fence is held back.
 * @returns undefined where it is something else.
 */
export function fencedCode(block: string, isGrowing: boolean): string | undefined {
  const [opening, marker = ""] = OPENING.exec(block) ?? [];
  if (opening === undefined) return undefined;
  const inside = block.slice(opening.length);
  const closing = new RegExp(`^ {0,3}${marker[0]}{${marker.length},}[ \\t]*$`, "m").exec(inside);
  if (closing)
    return inside.slice(closing.index + closing[0].length).trim() === "" ? inside.slice(0, closing.index) : undefined;
  const begun = inside.lastIndexOf("\n") + 1;
  return isGrowing && marker.startsWith(inside.slice(begun)) ? inside.slice(0, begun) : inside;
}
