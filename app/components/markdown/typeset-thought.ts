import { isSelected } from "../is-selected";
import { whenFree } from "../when-free";
import { type Formula, liftFormulas, MARK } from "./lift-formulas";
import { typeset } from "./typeset";

/**
 * The text of a piece of reasoning with places for its formulas. Each says its formula as it was written until that is
 * typeset: one after the other, when the page has nothing else to do.
 *
 * @param isWanted It may have gone out of sight before the turn of a formula comes.
 */
export function typesetThought(text: string, isWanted: () => boolean): (HTMLElement | string)[] {
  const { markdown, formulas } = liftFormulas(text, false);
  // split() with a group yields text and formula numbers in turn.
  return markdown.split(MARK).map((part, index) => {
    const formula = index % 2 === 1 ? formulas[Number(part)] : undefined;
    return formula ? placeFor(formula, isWanted) : part;
  });
}

function placeFor(formula: Formula, isWanted: () => boolean): HTMLElement {
  const place = document.createElement("span");
  place.textContent = formula.source;
  whenFree(() => {
    // Something may be selected in it by now.
    if (!place.isConnected || !isWanted() || isSelected(place)) return;
    place.className = formula.isDisplay ? "formula-display" : "formula";
    typeset(place, formula);
  });
  return place;
}
