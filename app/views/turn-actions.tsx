import { clsx } from "clsx";
import { Check, ChevronLeft, ChevronRight, Copy, Pencil, RefreshCw } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { IconButton } from "../components/icon-button";
import { siblingsIn } from "../state/session-state";
import { isRunning, replyOf, type Turn } from "../state/turn";
import { useWords } from "../words/words-context";
import { useSession, useSessionState } from "./session-context";
import { useShortcut } from "./shortcuts-context";

interface TurnActionsProps {
  turn: Turn;
  isLast: boolean;
  onEdit: () => void;
}

/** What can be done with a turn. Its place is there from the start, so that nothing moves when it comes to be seen. */
export function TurnActions({ turn, isLast, onEdit }: TurnActionsProps) {
  const { t } = useWords();
  const session = useSession();
  const isReplying = useSessionState(({ turns }) => turns.some(isRunning));
  const isReady = useSessionState(({ engine }) => engine.status === "ready");
  const regenerate = useCallback(() => session.askInstead(turn), [session, turn]);
  useShortcut("regenerate", isLast && isReady && !isReplying ? regenerate : undefined);
  return (
    <div className={clsx("turn-actions", isRunning(turn) && "invisible", isLast && "turn-actions-last")}>
      <Branches turn={turn} isDisabled={isReplying} />
      <CopyReply turn={turn} isLast={isLast} />
      <IconButton label={t("turn.edit")} isDisabled={isReplying || !isReady} onClick={onEdit}>
        <Pencil aria-hidden className="size-4" />
      </IconButton>
      <IconButton label={t("turn.regenerate")} isDisabled={isReplying || !isReady} onClick={regenerate}>
        <RefreshCw aria-hidden className="size-4" />
      </IconButton>
      <Counts turn={turn} />
    </div>
  );
}

/** Which of the branches at this turn is shown, where there is more than one. */
function Branches({ turn, isDisabled }: { turn: Turn; isDisabled: boolean }) {
  const { t, format } = useWords();
  const session = useSession();
  const count = useSessionState((state) => siblingsIn(state, turn).length);
  const at = useSessionState((state) => siblingsIn(state, turn).findIndex(({ id }) => id === turn.id));
  if (count < 2) return null;
  const show = (index: number) => {
    const sibling = siblingsIn(session.store.getState(), turn)[index];
    if (sibling) session.showBranch(sibling);
  };
  return (
    <fieldset className="branches" aria-label={t("turn.branches")}>
      <IconButton label={t("turn.previousBranch")} isDisabled={isDisabled || at === 0} onClick={() => show(at - 1)}>
        <ChevronLeft aria-hidden className="size-4" />
      </IconButton>
      <span>{t("turn.branch", { number: format.count(at + 1), count: format.count(count) })}</span>
      <IconButton label={t("turn.nextBranch")} isDisabled={isDisabled || at === count - 1} onClick={() => show(at + 1)}>
        <ChevronRight aria-hidden className="size-4" />
      </IconButton>
    </fieldset>
  );
}

/** How long the button says that it has copied. */
const COPIED_MS = 2_000;

function CopyReply({ turn, isLast }: { turn: Turn; isLast: boolean }) {
  const { t } = useWords();
  const [isCopied, setIsCopied] = useState(false);
  const copy = useCallback(async () => {
    const { reasoning, answer } = replyOf(turn);
    await navigator.clipboard.writeText((answer.trim() || reasoning).trim());
    setIsCopied(true);
  }, [turn]);
  // A browser that refuses the clipboard leaves the text to be selected.
  const tryToCopy = useCallback(
    () => void copy().catch((reason: unknown) => console.info("Not copied:", reason)),
    [copy],
  );
  useShortcut("copyAnswer", isLast && !isRunning(turn) ? tryToCopy : undefined);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setIsCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  return (
    <IconButton label={t(isCopied ? "turn.copied" : "turn.copy")} onClick={tryToCopy}>
      {isCopied ? <Check aria-hidden className="size-4" /> : <Copy aria-hidden className="size-4" />}
    </IconButton>
  );
}

/** What the turn cost. */
function Counts({ turn: { progress } }: { turn: Turn }) {
  const { t, format } = useWords();
  if (!progress) return null;
  const { promptTokens, tokens, tokensPerSecond } = progress;
  return (
    <span className="turn-counts">
      {t("turn.counts", {
        read: format.count(promptTokens),
        written: format.tokens(tokens),
        rate: format.rate(tokensPerSecond),
      })}
    </span>
  );
}
