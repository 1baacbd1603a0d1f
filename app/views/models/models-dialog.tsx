import { useEffect } from "react";
import { Dialog } from "../../components/dialog";
import { Fault } from "../../components/fault";
import { useLibrary, useLibraryState } from "../library-context";
import { AnotherModel } from "./another-model";
import { JobAnnouncer } from "./job-announcer";
import { ModelCard } from "./model-card";
import { Unlisted } from "./unlisted";

/** All models: which are here, what the others would cost, and what can be done with them. */
export function ModelsDialog({ onClose }: { onClose: () => void }) {
  const { library } = useLibrary();
  const models = useLibraryState((state) => state.models);
  const fault = useLibraryState(({ faults }) => faults[""]);
  useEffect(() => library.list(), [library]);
  return (
    <Dialog title="Models" onClose={onClose}>
      <p className="text-sm text-muted">
        A model is stored in this browser once, and runs on this device from then on, without a network.
      </p>
      {fault && <Fault message={fault.message} detail={fault.detail} onRetry={library.list} />}
      {models === null && !fault && <p className="py-6 text-center text-sm text-muted">Looking what is stored</p>}
      <ul className="space-y-4" aria-label="Models">
        {models?.map((model) => (
          <li key={model.id}>
            <ModelCard model={model} onOpened={onClose} />
          </li>
        ))}
      </ul>
      <Unlisted />
      {models && <AnotherModel />}
      <JobAnnouncer />
    </Dialog>
  );
}
