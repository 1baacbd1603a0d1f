import { type ReactNode, useRef } from "react";
import { useWords } from "../../words/words-context";
import { CopyButton } from "../copy-button";
import { tableAsTsv } from "./table-text";

interface TableBlockProps {
  markdown: () => string;
  /** More rows may come. */
  isGrowing: boolean;
  /** The table, or the tables that it was cut into, each with its head. */
  children: ReactNode;
}

/** A table: wider than a phone it scrolls, and once it is whole it can be copied. */
export function TableBlock({ markdown, isGrowing, children }: TableBlockProps) {
  const { t } = useWords();
  const place = useRef<HTMLDivElement>(null);
  const tsv = () => {
    // Once the head is enough.
    const rows = [...(place.current?.querySelectorAll("tr") ?? [])].filter(
      (row) => !row.closest(".table-page + * thead"),
    );
    return tableAsTsv(rows.map(({ cells }) => [...cells].map(writtenIn)));
  };
  return (
    <div className="table-frame">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must reach it. */}
      <div ref={place} className="scroll-x" role="group" aria-label={t("answer.table")} tabIndex={0}>
        {children}
      </div>
      {!isGrowing && (
        <div className="table-actions">
          <CopyButton label={t("answer.copyMarkdown")} text={markdown} word="Markdown" />
          <CopyButton label={t("answer.copyTsv")} text={tsv} word="TSV" />
        </div>
      )}
    </div>
  );
}

/** What is written in a cell, its formulas as the model wrote them: what is drawn of them is beside that. */
function writtenIn(cell: HTMLElement): string {
  const copy = cell.cloneNode(true) as HTMLElement;
  for (const drawn of copy.querySelectorAll(".formula-drawn")) drawn.remove();
  return copy.textContent;
}
