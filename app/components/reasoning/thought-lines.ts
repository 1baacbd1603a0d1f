/** A line of a thought, so that what changes has the browser lay out one line alone. */
export function lineOf(...parts: (Node | string)[]): HTMLElement {
  const line = document.createElement("div");
  line.className = "thought-line";
  line.append(...parts);
  return line;
}

/** Cuts text with other things in it into lines, each with the break that ends it. */
export function linesIn<T extends object>(parts: readonly (T | string)[]): (T | string)[][] {
  const lines: (T | string)[][] = [[]];
  const pieces = parts.flatMap<T | string>((part) =>
    typeof part === "string" ? (part.match(/[^\n]*\n|[^\n]+$/g) ?? []) : [part],
  );
  for (const piece of pieces) {
    lines.at(-1)?.push(piece);
    if (typeof piece === "string" && piece.endsWith("\n")) lines.push([]);
  }
  return lines.filter((line) => line.length > 0);
}

const sources = new WeakMap<Node, string>();

/** Says of the place of a formula in a line what was written there. */
export const markFormula = (place: Node, source: string): void => void sources.set(place, source);

/** What was written where this formula is; undefined of anything else. */
export const sourceOf = (node: Node): string | undefined => sources.get(node);

/** What was written of a line. */
export const writtenIn = (line: Node | undefined): string =>
  [...(line?.childNodes ?? [])].map((node) => sourceOf(node) ?? node.textContent ?? "").join("");
