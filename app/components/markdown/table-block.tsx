import type { ReactNode } from "react";
import { useWords } from "../../words/words-context";
import { CopyButton } from "../copy-button";

interface TableBlockProps {
  markdown: () => string;
  tsv: () => string;
  children: ReactNode;
}

/** A table: wider than a phone it scrolls, and it can be copied. */
export function TableBlock({ markdown, tsv, children }: TableBlockProps) {
  const { t } = useWords();
  return (
    <div className="table-frame">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must reach it. */}
      <div className="scroll-x" role="group" aria-label={t("answer.table")} tabIndex={0}>
        <table>{children}</table>
      </div>
      <div className="table-actions">
        <CopyButton label={t("answer.copyMarkdown")} text={markdown} word="Markdown" />
        <CopyButton label={t("answer.copyTsv")} text={tsv} word="TSV" />
      </div>
    </div>
  );
}
