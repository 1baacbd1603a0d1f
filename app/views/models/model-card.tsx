import { clsx } from "clsx";
import { useId, useState } from "react";
import { ModelDescription } from "../../components/model-description";
import type { ModelEntry } from "../../library/protocol";
import { LARGE_MODEL, PUBLISHED_SOURCE } from "../../library/sources";
import type { Job } from "../../state/library-state";
import { percentOf } from "../../words/format";
import type { Words } from "../../words/words";
import { useWords } from "../../words/words-context";
import { useLibrary, useLibraryState } from "../library-context";
import { useSessionState } from "../session-context";
import { GetPanel } from "./get-panel";
import { JobLine } from "./job-line";
import { ModelActions } from "./model-actions";
import { ModelFault } from "./model-fault";
import { sayVerified } from "./say-verified";

interface ModelCardProps {
  model: ModelEntry;
  /** Called when the model was chosen to be opened. */
  onOpened: () => void;
}

/** One model: what it is, how much of it is here, what is being done with it, and what can be. */
export function ModelCard({ model, onOpened }: ModelCardProps) {
  const words = useWords();
  const library = useLibrary();
  const nameId = useId();
  const [isGetting, setIsGetting] = useState(false);
  const isOpen = useSessionState(({ engine }) => engine.status === "ready" && engine.model.id === model.id);
  const isChosen = useSessionState((state) => state.model === model.id && state.engine.status !== "failed");
  const job = useLibraryState(({ jobs }) => jobs[model.id]);
  const verified = useLibraryState((state) => state.verified[model.id]);
  const initial = library.sourceOf(model.id) ?? (model.id === LARGE_MODEL ? PUBLISHED_SOURCE : undefined);
  return (
    <article className={clsx("model-card", isOpen && "model-card-open")} aria-labelledby={nameId}>
      <header className="flex flex-wrap items-center justify-between gap-2">
        <h3 id={nameId} className="font-medium">
          {model.name}
        </h3>
        <span className={clsx("model-state", isOpen && "model-state-open")}>{stateOf(words, model, isOpen, job)}</span>
      </header>
      <ModelDescription id={model.id} description={model.description} className="text-sm" />
      <dl className="facts">
        <dt>{words.t("models.source")}</dt>
        <Fact text={model.origin} />
        <dt>{words.t("models.licence")}</dt>
        <Fact text={model.licence} />
      </dl>
      {job && <JobLine job={job} />}
      <ModelFault model={model} />
      {verified && !job && <p className="text-sm">{sayVerified(words, verified)}</p>}
      {isGetting && (!job || job.work === "examining") ? (
        <GetPanel idOf={() => model.id} initial={initial} onClose={() => setIsGetting(false)} />
      ) : (
        <ModelActions model={model} isOpen={isChosen} onGet={() => setIsGetting(true)} onOpened={onOpened} />
      )}
    </article>
  );
}

/** In the language of the page where there is a translation. */
function Fact({ text }: { text: string }) {
  const translated = useWords().facts[text];
  return <dd lang={translated ? undefined : "en"}>{translated ?? text}</dd>;
}

function stateOf(
  { t, format }: Words,
  { status, heldBytes, totalBytes }: ModelEntry,
  isOpen: boolean,
  job?: Job,
): string {
  const size = format.bytes(totalBytes);
  if (isOpen) return t("state.open", { size });
  if (job?.work === "getting") return t("state.getting");
  if (status === "stored") return t("state.stored", { size });
  if (status === "absent") return totalBytes > 0 ? t("state.absentOfSize", { size }) : t("state.absent");
  const part = totalBytes > 0 ? format.percent(percentOf(heldBytes, totalBytes)) : format.bytes(heldBytes);
  return t("state.partial", { part });
}
