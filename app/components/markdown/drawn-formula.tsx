import { memo, useLayoutEffect, useRef } from "react";
import type { Formula } from "./lift-formulas";
import { typeset } from "./typeset";

/** A typeset formula, and nothing else. */
export const DrawnFormula = memo(function DrawnFormula({ tex, isDisplay, source }: Formula) {
  const place = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    if (place.current) typeset(place.current, { tex, isDisplay, source });
  }, [tex, isDisplay, source]);
  return <span ref={place} className={isDisplay ? "formula-display" : "formula"} />;
});
