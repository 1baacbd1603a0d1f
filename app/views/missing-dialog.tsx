import { Dialog } from "../components/dialog";
import { Fault } from "../components/fault";
import { useWords } from "../words/words-context";

/** In the place of a dialog whose script could not be loaded. */
export function MissingDialog({ onClose }: { onClose: () => void }) {
  const { t } = useWords();
  return (
    <Dialog title={t("missing.title")} onClose={onClose}>
      <Fault message={t("missing.part")} onRetry={() => location.reload()} retryLabel={t("missing.reload")} />
    </Dialog>
  );
}
