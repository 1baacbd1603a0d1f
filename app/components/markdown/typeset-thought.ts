import { type Formula, liftFormulas, MARK } from "./lift-formulas";
import { typeset } from "./typeset";

/** Sets the formulas of a piece of reasoning, one after the other, when the page has nothing else to do. */
export function typesetThought(element: HTMLElement, text: string): void {
  const { markdown, formulas } = liftFormulas(text, false);
  if (formulas.length === 0) return;
  // split() with a group yields text and formula numbers in turn.
  const parts = markdown.split(MARK).map((part, index) => {
    const formula = index % 2 === 1 ? formulas[Number(part)] : undefined;
    return formula ? placeFor(formula) : part;
  });
  element.replaceChildren(...parts);
}

function placeFor(formula: Formula): HTMLElement {
  const place = document.createElement("span");
  place.className = formula.isDisplay ? "formula-display" : "formula";
  place.textContent = formula.source;
  waiting.push({ place, formula });
  if (waiting.length === 1) whenIdle(setSome);
  return place;
}

let waiting: { place: HTMLElement; formula: Formula }[] = [];

/** A frame has 16 ms, and the page needs some of them for itself. */
const MOST_MS = 6;

function setSome(): void {
  const until = performance.now() + MOST_MS;
  let done = 0;
  for (const { place, formula } of waiting) {
    if (done > 0 && performance.now() > until) break;
    done++;
    // It may have gone out of sight before its turn came, or something may be selected in it by now.
    if (place.isConnected && !getSelection()?.containsNode(place, true)) typeset(place, formula);
  }
  waiting = waiting.slice(done);
  if (waiting.length > 0) whenIdle(setSome);
}

/** Safari has no idle callbacks. */
function whenIdle(run: () => void): void {
  if ("requestIdleCallback" in globalThis) requestIdleCallback(run, { timeout: 1_000 });
  else setTimeout(run, 50);
}
