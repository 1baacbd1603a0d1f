import katex from "katex";
import type { Formula } from "./lift-formulas";
import { readableTex } from "./readable-tex";

/** The model's TeX is not trusted: no links or images, no endless macros, no giant rules. */
const OPTIONS = { throwOnError: true, strict: "ignore", trust: false, maxExpand: 200, maxSize: 30 } as const;

/** KaTeX writes these two into style attributes of its MathML, which the page's policy refuses: they are set plainer. */
const PLAINER = { "\\fcolorbox": "\\colorbox{#2}{#3}", "\\pmb": "\\boldsymbol{#1}" };

/** Longer ones are shown as they were written: nobody reads them, and setting one could take seconds. */
const MOST_CHARACTERS = 3_000;

/** Nested deeper, a formula has so many elements in each other that the browser's layout overflows its stack. */
const MOST_DEPTH = 24;

const NESTING = /\\(?:left|begin)(?![A-Za-z])|\\(?:right|end)(?![A-Za-z])|\\[\s\S]|[{}]/g;

/** How many braces, \left and \begin are open at once. */
export function depthOf(tex: string): number {
  let [depth, deepest] = [0, 0];
  for (const [mark] of tex.matchAll(NESTING)) {
    if (mark === "{" || mark === "\\left" || mark === "\\begin") deepest = Math.max(deepest, ++depth);
    else if (mark === "}" || mark === "\\right" || mark === "\\end") depth--;
  }
  return deepest;
}

/**
 * Fills a place with a typeset formula; its source, as the model wrote it, is in the annotation of the MathML. What
 * KaTeX cannot read is shown as it was written. Whatever is selected and copied has the source, too: what is drawn
 * cannot be selected, and the source stands before it in no size. KaTeX builds nodes, not HTML, so this works under a
 * policy without inline styles.
 */
export function typeset(place: HTMLElement, { tex, isDisplay, source }: Formula): void {
  const written = document.createElement("span");
  written.className = "formula-source";
  written.ariaHidden = "true";
  written.textContent = source;
  const drawn = document.createElement("span");
  drawn.className = "formula-drawn";
  try {
    if (tex.length > MOST_CHARACTERS || depthOf(tex) > MOST_DEPTH) throw new RangeError("Too much to be set.");
    katex.render(readableTex(tex), drawn, { ...OPTIONS, macros: { ...PLAINER }, displayMode: isDisplay });
    const annotation = drawn.querySelector("annotation");
    if (annotation) annotation.textContent = tex;
    place.replaceChildren(written, drawn);
  } catch {
    const code = document.createElement("code");
    code.textContent = tex;
    place.replaceChildren(code);
  }
}
