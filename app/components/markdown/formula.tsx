import { memo } from "react";
import { useWords } from "../../words/words-context";
import { CopyButton } from "../copy-button";
import { useCopy } from "../use-copy";
import { DrawnFormula } from "./drawn-formula";
import type { Formula as Tex } from "./lift-formulas";

/**
 * A formula of an answer. In a line it is copied as LaTeX by a click on it, in a line of its own by a button. Whoever
 * selects it, by whatever means, has its source.
 */
export const Formula = memo(function Formula(formula: Tex) {
  const { t } = useWords();
  if (!formula.isDisplay) return <InlineFormula {...formula} />;
  return (
    <span className="formula-frame">
      <DrawnFormula {...formula} />
      <CopyButton label={t("answer.copyFormula")} text={formula.tex} />
    </span>
  );
});

function InlineFormula(formula: Tex) {
  const { t } = useWords();
  const { isCopied, copy } = useCopy();
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a shortcut for the pointer; the keyboard has "Copy the answer".
    // biome-ignore lint/a11y/useKeyWithClickEvents: as above.
    <span
      className="formula-click"
      title={t(isCopied ? "turn.copied" : "answer.clickToCopy")}
      data-copied={isCopied || undefined}
      onClick={() => getSelection()?.isCollapsed && copy(formula.tex)}
    >
      <DrawnFormula {...formula} />
    </span>
  );
}
