import { useEffect } from "react";
import { Dialog } from "../../components/dialog";
import { Fault } from "../../components/fault";
import { useWords } from "../../words/words-context";
import { useLibrary, useLibraryState } from "../library-context";
import { sayFailure } from "../say-failure";
import { AnotherModel } from "./another-model";
import { DeviceSection } from "./device-section";
import { JobAnnouncer } from "./job-announcer";
import { ModelCard } from "./model-card";
import { Unlisted } from "./unlisted";

/** All models: which are here, what the others would cost, and what can be done with them. */
export function ModelsDialog({ onClose }: { onClose: () => void }) {
  const words = useWords();
  const { t } = words;
  const library = useLibrary();
  const models = useLibraryState((state) => state.models);
  const fault = useLibraryState(({ faults }) => faults[""]);
  useEffect(() => library.list(), [library]);
  return (
    <Dialog title={t("models.title")} onClose={onClose}>
      <p className="text-sm text-muted">{t("models.intro")}</p>
      {fault && <Fault {...sayFailure(words, fault)} onRetry={library.list} />}
      {models === null && !fault && <p className="py-6 text-center text-sm text-muted">{t("models.looking")}</p>}
      <ul className="space-y-4" aria-label={t("models.title")}>
        {models?.map((model) => (
          <li key={model.id}>
            <ModelCard model={model} onOpened={onClose} />
          </li>
        ))}
      </ul>
      <Unlisted />
      {models && <AnotherModel />}
      <DeviceSection />
      <JobAnnouncer />
    </Dialog>
  );
}
