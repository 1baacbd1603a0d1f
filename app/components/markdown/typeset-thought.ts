import { isSelected } from "../is-selected";
import { whenFree } from "../when-free";
import { type Formula, liftFormulas, MARK } from "./lift-formulas";
import { settledLength } from "./settled-length";
import { typeset } from "./typeset";

/**
 * The text of a piece of reasoning with places for its formulas. Each says its formula as it was written until that is
 * typeset: one after the other, when the page has nothing else to do.
 *
 * @param isWanted It may have gone out of sight before the turn of a formula comes.
 */
export const typesetThought = (text: string, isWanted: () => boolean): (HTMLElement | string)[] =>
  partsOf(text, false).map((part) => (typeof part === "string" ? part : placeFor(part, isWanted)));

/** What a growing text consists of so far, and how many characters at its beginning, whole lines, nothing can change. */
export function grownParts(text: string): { parts: (Formula | string)[]; settled: number } {
  const parts = partsOf(text, true);
  const read = parts.reduce((sum, part) => sum + writtenLength(part), 0);
  const settled = settledLength(text.slice(0, text.lastIndexOf("\n", read - 1) + 1));
  // A formula that is still being written stands as it is.
  return { parts: [...parts, text.slice(read)], settled };
}

/** Text and formulas in turn. */
function partsOf(text: string, isGrowing: boolean): (Formula | string)[] {
  const { markdown, formulas } = liftFormulas(text, isGrowing);
  // split() with a group yields text and formula numbers in turn.
  return markdown.split(MARK).map((part, index) => (index % 2 === 1 ? (formulas[Number(part)] ?? "") : part));
}

const writtenLength = (part: Formula | string): number => (typeof part === "string" ? part : part.source).length;

function placeFor(formula: Formula, isWanted: () => boolean): HTMLElement {
  const place = document.createElement("span");
  place.textContent = formula.source;
  whenFree(() => {
    // Something may be selected in it by now.
    if (!place.isConnected || !isWanted() || isSelected(place)) return;
    typesetIn(place, formula);
  });
  return place;
}

/** Makes an element say a formula. */
export function typesetIn(place: HTMLElement, formula: Formula): void {
  place.className = formula.isDisplay ? "formula-display" : "formula";
  typeset(place, formula);
}
