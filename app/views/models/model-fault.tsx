import { Fault } from "../../components/fault";
import type { Failure } from "../../engine/protocol";
import type { ModelEntry, Source } from "../../library/protocol";
import type { ModelLibrary } from "../../state/library";
import type { Words } from "../../words/words";
import { useWords } from "../../words/words-context";
import { useLibrary, useLibraryState } from "../library-context";
import { sayFailure } from "../say-failure";

/** Why the last thing that was done with a model came to nothing, and how to go on. */
export function ModelFault({ model }: { model: ModelEntry }) {
  const words = useWords();
  const library = useLibrary();
  const failure = useLibraryState(({ faults }) => faults[model.id]);
  if (!failure) return null;
  const source = library.sourceOf(model.id);
  return (
    <Fault
      {...sayFailure(words, failure)}
      {...(source && model.status !== "stored" ? wayOn(failure, model.id, source, library, words) : {})}
    />
  );
}

function wayOn({ name, canRetry }: Failure, id: string, source: Source, library: ModelLibrary, { t }: Words) {
  switch (name) {
    case "UpstreamChangedError":
      return { onRetry: () => library.get(id, source, { startOver: true }), retryLabel: t("models.startOver") };
    case "AlreadyOpenError":
    case "TakenOverError":
      return { onRetry: () => library.get(id, source, { takeOver: true }), retryLabel: t("models.goOnHere") };
    default:
      return canRetry ? { onRetry: () => library.get(id, source), retryLabel: t("models.tryAgain") } : {};
  }
}
