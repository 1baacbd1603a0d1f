import katex from "katex";
import { memo, useLayoutEffect, useRef } from "react";
import { readableTex } from "./readable-tex";

/** The model's TeX is not trusted: no links or images, no endless macros, no giant rules. */
const OPTIONS = { throwOnError: true, strict: "ignore", trust: false, maxExpand: 200, maxSize: 30 } as const;

/** KaTeX writes these two into style attributes of its MathML, which the page's policy refuses: they are set plainer. */
const PLAINER = { "\\fcolorbox": "\\colorbox{#2}{#3}", "\\pmb": "\\boldsymbol{#1}" };

interface FormulaProps {
  tex: string;
  isDisplay: boolean;
}

/**
 * A typeset formula; its source, as the model wrote it, is in the annotation of the MathML. What KaTeX cannot read is
 * shown as it was written. KaTeX builds nodes, not HTML, so this works under a policy without inline styles.
 */
export const Formula = memo(function Formula({ tex, isDisplay }: FormulaProps) {
  const place = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    if (place.current) typeset(place.current, tex, isDisplay);
  }, [tex, isDisplay]);
  return <span ref={place} className={isDisplay ? "formula-display" : "formula"} />;
});

function typeset(place: HTMLElement, tex: string, isDisplay: boolean): void {
  try {
    katex.render(readableTex(tex), place, { ...OPTIONS, macros: { ...PLAINER }, displayMode: isDisplay });
    const annotation = place.querySelector("annotation");
    if (annotation) annotation.textContent = tex;
  } catch {
    const source = document.createElement("code");
    source.textContent = tex;
    place.replaceChildren(source);
  }
}
