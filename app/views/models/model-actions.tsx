import { useEffect, useRef, useState } from "react";
import { Button } from "../../components/button";
import type { ModelEntry } from "../../library/protocol";
import { SHIPPED_MODEL } from "../../library/sources";
import type { Job } from "../../state/library-state";
import type { Words } from "../../words/words";
import { useWords } from "../../words/words-context";
import { useLibrary, useLibraryState } from "../library-context";
import { useSession } from "../session-context";

interface ModelActionsProps {
  model: ModelEntry;
  /** It is open in this tab, or being opened. */
  isOpen: boolean;
  /** Shows what getting the model would cost. */
  onGet: () => void;
  onOpened: () => void;
}

/** What can be done with a model as it stands. */
export function ModelActions(props: ModelActionsProps) {
  const { model, isOpen } = props;
  const words = useWords();
  const { t } = words;
  const library = useLibrary();
  const [isAsking, setIsAsking] = useState(false);
  const job = useLibraryState(({ jobs }) => jobs[model.id]);
  if (isAsking)
    return (
      <Confirmation
        question={questionFor(words, model, job)}
        onYes={() => {
          setIsAsking(false);
          library.remove(model.id);
        }}
        onNo={() => setIsAsking(false)}
      />
    );
  const canDelete = !isOpen && (model.status !== "absent" || job?.work === "getting") && job?.work !== "deleting";
  return (
    <div className="flex flex-wrap items-center gap-2">
      {job ? <JobActions model={model} job={job} /> : <IdleActions {...props} />}
      {canDelete && (
        <Button onClick={() => setIsAsking(true)}>{t(job?.work === "getting" ? "cancel" : "models.delete")}</Button>
      )}
      {isOpen && <span className="text-sm text-muted">{t("models.openAnotherFirst")}</span>}
    </div>
  );
}

function questionFor({ t, format }: Words, { name, heldBytes }: ModelEntry, job: Job | undefined): string {
  if (job) return t("models.stopAndDelete", { name });
  return t("models.deleteStored", { name, size: format.bytes(heldBytes) });
}

function JobActions({ model, job }: { model: ModelEntry; job: Job }) {
  const { t } = useWords();
  const library = useLibrary();
  if (job.work === "deleting" || job.isEnding) return null;
  return (
    <Button look="solid" onClick={() => library.pause(model.id)}>
      {t(job.work === "getting" ? "models.pause" : "models.stop")}
    </Button>
  );
}

function IdleActions({ model, isOpen, onGet, onOpened }: ModelActionsProps) {
  const { t } = useWords();
  const session = useSession();
  const library = useLibrary();
  const open = () => {
    session.openModel(model.id);
    onOpened();
  };
  const resume = () => {
    const source = library.sourceOf(model.id);
    if (source) library.get(model.id, source);
    else onGet();
  };
  const isHere = model.status === "stored" || model.id === SHIPPED_MODEL;
  return (
    <>
      {isHere && !isOpen && (
        <Button look="solid" onClick={open}>
          {t("models.open")}
        </Button>
      )}
      {model.status === "stored" && <Button onClick={() => library.verify(model.id)}>{t("models.verify")}</Button>}
      {!isHere && (
        <Button look="solid" onClick={model.status === "partial" ? resume : onGet}>
          {t(model.status === "partial" ? "models.resume" : "models.get")}
        </Button>
      )}
    </>
  );
}

interface ConfirmationProps {
  question: string;
  onYes: () => void;
  onNo: () => void;
}

function Confirmation({ question, onYes, onNo }: ConfirmationProps) {
  const { t } = useWords();
  const no = useRef<HTMLButtonElement>(null);
  // What was pressed is gone: the keyboard goes on here, where nothing can be lost.
  useEffect(() => no.current?.focus(), []);
  return (
    <div role="alertdialog" aria-label={question} className="space-y-2">
      <p className="text-sm font-medium">{question}</p>
      <div className="flex flex-wrap gap-2">
        <Button look="solid" onClick={onYes}>
          {t("models.delete")}
        </Button>
        <Button ref={no} onClick={onNo}>
          {t("models.keep")}
        </Button>
      </div>
    </div>
  );
}
