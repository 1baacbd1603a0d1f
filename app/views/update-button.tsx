import { RefreshCw } from "lucide-react";
import { useStore } from "zustand";
import { Button } from "../components/button";
import type { PageVersion } from "../state/page-version";
import { isRunning } from "../state/turn";
import { useSessionState } from "./session-context";

/** Offers a newer version of the page, but never in the middle of a reply. */
export function UpdateButton({ version }: { version: PageVersion }) {
  const isWaiting = useStore(version.store, ({ isNewerWaiting }) => isNewerWaiting);
  const isReplying = useSessionState(({ turns }) => turns.some(isRunning));
  const hasTurns = useSessionState(({ turns }) => turns.length > 0);
  return (
    <>
      <p role="status" className="sr-only">
        {isWaiting ? "A new version of Longhand is ready." : ""}
      </p>
      {isWaiting && (
        <Button
          disabled={isReplying}
          onClick={version.take}
          title={`A new version of Longhand is ready. The page reloads${hasTurns ? ", and this conversation ends" : ""}.`}
        >
          <RefreshCw aria-hidden className="size-4" />
          <span className="max-sm:sr-only">Update</span>
        </Button>
      )}
    </>
  );
}
