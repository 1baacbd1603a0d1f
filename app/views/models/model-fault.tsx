import { Fault } from "../../components/fault";
import type { Failure } from "../../engine/protocol";
import type { ModelEntry, Source } from "../../library/protocol";
import type { ModelLibrary } from "../../state/library";
import { useLibrary, useLibraryState } from "../library-context";

/** Why the last thing that was done with a model came to nothing, and how to go on. */
export function ModelFault({ model }: { model: ModelEntry }) {
  const { library } = useLibrary();
  const failure = useLibraryState(({ faults }) => faults[model.id]);
  if (!failure) return null;
  const { name, message, detail } = failure;
  const source = library.sourceOf(model.id);
  return (
    <Fault
      message={message}
      detail={detail && `${name}: ${detail}`}
      {...(source && model.status !== "stored" ? wayOn(failure, model.id, source, library) : {})}
    />
  );
}

function wayOn({ name, canRetry }: Failure, id: string, source: Source, library: ModelLibrary) {
  switch (name) {
    case "UpstreamChangedError":
      return { onRetry: () => library.get(id, source, { startOver: true }), retryLabel: "Start over" };
    case "AlreadyOpenError":
    case "TakenOverError":
      return { onRetry: () => library.get(id, source, { takeOver: true }), retryLabel: "Go on in this tab" };
    default:
      return canRetry ? { onRetry: () => library.get(id, source), retryLabel: "Try again" } : {};
  }
}
