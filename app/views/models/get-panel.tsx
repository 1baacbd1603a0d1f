import { useEffect, useState } from "react";
import { Button } from "../../components/button";
import type { Source } from "../../library/protocol";
import { useWords } from "../../words/words-context";
import { useLibrary, useLibraryState } from "../library-context";
import { CostReport } from "./cost-report";
import { draftOf, sourceFrom } from "./source-draft";
import { SourceForm } from "./source-form";
import { type Verdict, verdictOf } from "./verdict";

interface GetPanelProps {
  /** The stored name for a model from this source. */
  idOf: (source: Source) => string;
  initial: Source | undefined;
  onClose: () => void;
}

/** Before a model is got: from where, at what cost, and whether this device can run it. */
export function GetPanel({ idOf, initial, onClose }: GetPanelProps) {
  const words = useWords();
  const { t } = words;
  const library = useLibrary();
  const [draft, setDraft] = useState(() => draftOf(initial));
  const [examined, setExamined] = useState<Source>();
  const source = sourceFrom(draft);
  const id = source ? idOf(source) : "";
  const examination = useLibraryState(({ examinations }) => examinations[id]);
  const isExamining = useLibraryState(({ jobs }) => jobs[id] !== undefined);
  const isKnown = examination !== undefined && sameSource(examined, source);

  const examine = () => {
    if (!source) return;
    setExamined(source);
    library.examine(id, source);
  };
  // The cost of what is offered is shown at once; after a change it is asked for with the button.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the panel opens.
  useEffect(examine, []);

  const verdict = isKnown ? verdictOf(examination, words) : undefined;
  const start = () => {
    if (!source) return;
    library.get(id, source);
    onClose();
  };
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isKnown && !isExamining) examine();
      }}
    >
      {isKnown && verdict && (
        <CostReport examination={examination} verdict={verdict} isLocal={source?.kind === "picked"} />
      )}
      <details className="space-y-3" open={initial === undefined || undefined}>
        <summary className="w-fit cursor-pointer text-sm text-muted">{t("source.where")}</summary>
        <SourceForm draft={draft} onChange={setDraft} />
      </details>
      <div className="flex flex-wrap gap-2">
        {verdict && <StartButton verdict={verdict} onStart={start} />}
        {!verdict && (
          <Button type="submit" look="solid" aria-disabled={!source || isExamining}>
            {t(isExamining ? "cost.looking" : "cost.ask")}
          </Button>
        )}
        <Button onClick={onClose}>{t("cost.notNow")}</Button>
      </div>
    </form>
  );
}

function StartButton({ verdict, onStart }: { verdict: Verdict; onStart: () => void }) {
  const { t } = useWords();
  const isVain = verdict.answer === "no";
  return (
    <Button look={isVain ? "quiet" : "solid"} onClick={onStart}>
      {t(isVain ? "cost.startAllTheSame" : "cost.start")}
    </Button>
  );
}

/** Whether the examination was of what is written now; a token makes no difference to it. */
function sameSource(a: Source | undefined, b: Source | undefined): boolean {
  if (a?.kind === "picked" || b?.kind === "picked")
    return a?.kind === "picked" && b?.kind === "picked" && a.files === b.files;
  return JSON.stringify(a) === JSON.stringify(b);
}
