import { clsx } from "clsx";
import { Check, ChevronLeft, ChevronRight, Copy, Pencil, RefreshCw } from "lucide-react";
import { type Ref, useCallback } from "react";
import { IconButton } from "../components/icon-button";
import { useCopy } from "../components/use-copy";
import { siblingsIn } from "../state/session-state";
import { isRunning, replyOf, type Turn } from "../state/turn";
import { useWords } from "../words/words-context";
import { useSession, useSessionState } from "./session-context";
import { useShortcut } from "./shortcuts-context";

interface TurnActionsProps {
  turn: Turn;
  isLast: boolean;
  /** Whether the reply to any turn is being written. */
  isReplying: boolean;
  /** Whether the model is there, and free. */
  canAsk: boolean;
  editButton: Ref<HTMLButtonElement>;
  onEdit: () => void;
  onAskAgain: () => void;
}

/** What can be done with a turn. Its place is there from the start, so that nothing moves when it comes to be seen. */
export function TurnActions(props: TurnActionsProps) {
  return isRunning(props.turn) ? <div className="turn-actions" /> : <Actions {...props} />;
}

function Actions({ turn, isLast, isReplying, canAsk, editButton, onEdit, onAskAgain }: TurnActionsProps) {
  const { t } = useWords();
  const session = useSession();
  const regenerate = useCallback(() => session.askInstead(turn), [session, turn]);
  useShortcut("regenerate", isLast && canAsk ? regenerate : undefined);
  return (
    <div className={clsx("turn-actions", isLast && "turn-actions-last")}>
      <Branches turn={turn} isDisabled={isReplying} />
      <CopyReply key={turn.id} turn={turn} isLast={isLast} />
      <IconButton ref={editButton} label={t("turn.edit")} isDisabled={!canAsk} onClick={onEdit}>
        <Pencil aria-hidden className="size-4" />
      </IconButton>
      <IconButton label={t("turn.regenerate")} isDisabled={!canAsk} onClick={onAskAgain}>
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

function CopyReply({ turn, isLast }: { turn: Turn; isLast: boolean }) {
  const { t } = useWords();
  const { isCopied, copy } = useCopy();
  const copyReply = useCallback(() => {
    const { reasoning, answer } = replyOf(turn);
    copy((answer.trim() || reasoning).trim());
  }, [turn, copy]);
  useShortcut("copyAnswer", isLast ? copyReply : undefined);
  return (
    <IconButton label={t(isCopied ? "turn.copied" : "turn.copy")} onClick={copyReply}>
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
