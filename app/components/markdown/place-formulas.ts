import { type Formula, MARK } from "./lift-formulas";

/** As much of hast as is needed here: elements and text. */
export interface Node {
  type: string;
  tagName?: string;
  properties?: Record<string, unknown>;
  children?: Node[];
  value?: string;
  /** Where in the source it begins and ends. */
  position?: { start: { offset?: number | undefined }; end: { offset?: number | undefined } } | undefined;
}

/** A rehype plugin: puts `<span data-formula="3">` where the text has the mark of formula 3. */
export function placeFormulas(): (tree: Node) => void {
  return (tree) => {
    // A list of what is left to do, not recursion: the nesting is the model's, and can be deep.
    const waiting = [tree];
    for (let node = waiting.pop(); node; node = waiting.pop()) {
      if (!node.children) continue;
      node.children = node.children.flatMap(placedIn);
      waiting.push(...node.children);
    }
  };
}

function placedIn(node: Node): Node[] {
  if (node.type !== "text" || !node.value) return [node];
  // split() with a group yields text and formula numbers in turn.
  return node.value.split(MARK).map((part, index) => {
    if (index % 2 === 0) return { type: "text", value: part };
    return { type: "element", tagName: "span", properties: { dataFormula: part }, children: [] };
  });
}

/** The text in a tree in which formulas have been placed, these as they were written. */
export function writtenIn(tree: Node, formulas: readonly Formula[]): string {
  let text = "";
  const waiting = [tree];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    text += node.type === "text" ? (node.value ?? "") : "";
    text += formulas[Number(node.properties?.dataFormula)]?.source ?? "";
    waiting.push(...(node.children ?? []).toReversed());
  }
  return text;
}
