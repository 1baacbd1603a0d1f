import { Dialog } from "../components/dialog";
import { useWords } from "../words/words-context";
import { Privacy } from "./privacy";

/** What the settings say of privacy, by itself. */
export function PrivacyDialog({ onClose }: { onClose: () => void }) {
  const { t } = useWords();
  return (
    <Dialog title={t("privacy.title")} onClose={onClose}>
      <Privacy />
    </Dialog>
  );
}
