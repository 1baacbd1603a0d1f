import { useEffect, useRef, useState } from "react";
import { Button } from "../../components/button";
import { formatBytes } from "../../components/format";
import type { ModelEntry } from "../../library/protocol";
import { SHIPPED_MODEL } from "../../library/sources";
import type { Job } from "../../state/library-state";
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
  const { library } = useLibrary();
  const [isAsking, setIsAsking] = useState(false);
  const job = useLibraryState(({ jobs }) => jobs[model.id]);
  if (isAsking)
    return (
      <Confirmation
        question={questionFor(model, job)}
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
      {canDelete && <Button onClick={() => setIsAsking(true)}>{job?.work === "getting" ? "Cancel" : "Delete"}</Button>}
      {isOpen && <span className="text-sm text-muted">To delete it, open another model first.</span>}
    </div>
  );
}

function questionFor({ name, heldBytes }: ModelEntry, job: Job | undefined): string {
  if (job) return `Stop, and delete what is stored of ${name}?`;
  return `Delete the ${formatBytes(heldBytes)} of ${name} that are stored here?`;
}

function JobActions({ model, job }: { model: ModelEntry; job: Job }) {
  const { library } = useLibrary();
  if (job.work === "deleting" || job.isEnding) return null;
  return (
    <Button look="solid" onClick={() => library.pause(model.id)}>
      {job.work === "getting" ? "Pause" : "Stop"}
    </Button>
  );
}

function IdleActions({ model, isOpen, onGet, onOpened }: ModelActionsProps) {
  const session = useSession();
  const { library } = useLibrary();
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
          Open
        </Button>
      )}
      {model.status === "stored" && <Button onClick={() => library.verify(model.id)}>Verify</Button>}
      {!isHere && (
        <Button look="solid" onClick={model.status === "partial" ? resume : onGet}>
          {model.status === "partial" ? "Resume" : "Get"}
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
  const no = useRef<HTMLButtonElement>(null);
  // What was pressed is gone: the keyboard goes on here, where nothing can be lost.
  useEffect(() => no.current?.focus(), []);
  return (
    <div role="alertdialog" aria-label={question} className="space-y-2">
      <p className="text-sm font-medium">{question}</p>
      <div className="flex flex-wrap gap-2">
        <Button look="solid" onClick={onYes}>
          Delete
        </Button>
        <Button ref={no} onClick={onNo}>
          Keep
        </Button>
      </div>
    </div>
  );
}
