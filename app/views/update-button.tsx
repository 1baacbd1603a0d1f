import { RefreshCw } from "lucide-react";
import { useStore } from "zustand";
import { Button } from "../components/button";
import type { PageVersion } from "../state/page-version";
import { isRunning } from "../state/turn";
import { useWords } from "../words/words-context";
import { useSessionState } from "./session-context";

/** Offers a newer version of the page, but never in the middle of a reply. */
export function UpdateButton({ version }: { version: PageVersion }) {
  const { t } = useWords();
  const isWaiting = useStore(version.store, ({ isNewerWaiting }) => isNewerWaiting);
  const isReplying = useSessionState(({ turns }) => turns.some(isRunning));
  return (
    <>
      <p role="status" className="sr-only">
        {isWaiting ? t("header.updateReady") : ""}
      </p>
      {isWaiting && (
        <Button disabled={isReplying} onClick={version.take} title={t("header.updateReloads")}>
          <RefreshCw aria-hidden className="size-4" />
          <span className="max-sm:sr-only">{t("header.update")}</span>
        </Button>
      )}
    </>
  );
}
