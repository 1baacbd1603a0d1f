import { clsx } from "clsx";
import { memo, useRef, useState } from "react";
import { Answer } from "../components/answer";
import { Button } from "../components/button";
import { Fault } from "../components/fault";
import { isBlank } from "../state/text-log";
import { canGoOn, isRunning, type Turn } from "../state/turn";
import type { Words } from "../words/words";
import { useWords } from "../words/words-context";
import { PromptEditor } from "./prompt-editor";
import { ReadAhead } from "./read-ahead";
import { sayFailure } from "./say-failure";
import { useSession } from "./session-context";
import { Thought } from "./thought";
import { TurnActions } from "./turn-actions";

interface TurnViewProps {
  turn: Turn;
  isLast: boolean;
  /** Whether the reply to any turn is being written. */
  isReplying: boolean;
  /** Whether the model is there, and free. */
  canAsk: boolean;
}

/** A prompt and the reply to it. */
export const TurnView = memo(function TurnView({ turn, isLast, isReplying, canAsk }: TurnViewProps) {
  const { t } = useWords();
  const session = useSession();
  const [edited, setEdited] = useState<string | null>(null);
  const reply = useRef<HTMLElement>(null);
  const editButton = useRef<HTMLButtonElement>(null);
  /** The focus goes to the reply that is about to come: what was pressed for it goes out of sight. */
  const toReply = (act: () => void) => {
    reply.current?.focus({ preventScroll: true });
    act();
  };
  const askAgain = () => toReply(() => session.askInstead(turn));
  return (
    <section className={clsx("turn", isLast && "turn-last")}>
      <h2 className="sr-only">{t("conversation.youWrote")}</h2>
      {edited === turn.id ? (
        <PromptEditor
          prompt={turn.prompt}
          canAsk={canAsk}
          onDone={(prompt) => {
            setEdited(null);
            toReply(() => session.askInstead(turn, prompt));
          }}
          onEnd={() => {
            setEdited(null);
            editButton.current?.focus();
          }}
        />
      ) : (
        <p className="prompt" dir="auto">
          {turn.prompt}
        </p>
      )}
      <article
        ref={reply}
        tabIndex={-1}
        aria-label={t("conversation.reply")}
        aria-busy={isRunning(turn)}
        className="space-y-4 outline-none"
      >
        {turn.stage === "reading" && isBlank(turn.reasoning) && <Reading turn={turn} />}
        <Thought key={`${turn.id} thought`} turn={turn} />
        {turn.answer.trim() !== "" && (
          <Answer key={`${turn.id} answer`} text={turn.answer} isGrowing={isRunning(turn)} isFirst={isLast} />
        )}
        <Ending
          turn={turn}
          isLast={isLast}
          canAsk={canAsk}
          onRetry={askAgain}
          onGoOn={() => toReply(() => session.goOn(turn))}
        />
      </article>
      <TurnActions
        turn={turn}
        isLast={isLast}
        isReplying={isReplying}
        canAsk={canAsk}
        editButton={editButton}
        onEdit={() => setEdited(turn.id)}
        onAskAgain={askAgain}
      />
      {isLast && <ReadAhead />}
    </section>
  );
});

/** What was said before is read again where neither memory nor the store has the model's state after it. */
function Reading({ turn: { parent, recalled } }: { turn: Turn }) {
  const { t, format } = useWords();
  const isAgain = parent !== null && recalled?.from === "nothing";
  return (
    <p className="reading">
      {isAgain
        ? t("conversation.readingAgain", { tokens: format.tokens(recalled.readTokens) })
        : t("conversation.reading")}
    </p>
  );
}

interface EndingProps extends Pick<TurnViewProps, "turn" | "isLast" | "canAsk"> {
  onRetry: () => void;
  onGoOn: () => void;
}

function Ending({ turn, isLast, canAsk, onRetry, onGoOn }: EndingProps) {
  const words = useWords();
  if (turn.failure)
    return <Fault {...sayFailure(words, turn.failure)} onRetry={turn.failure.canRetry ? onRetry : undefined} />;
  const note = noteOn(turn, words);
  if (!note) return null;
  const isThinking = !turn.isReasoningOver && turn.answer === "" && !turn.isCutOff;
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
      <p className="text-sm text-muted">{note}</p>
      {isLast && canGoOn(turn) && (
        <Button disabled={!canAsk} onClick={onGoOn}>
          {words.t(isThinking ? "turn.keepThinking" : "turn.continue")}
        </Button>
      )}
    </div>
  );
}

/** How the reply ended, where it did not end by itself. */
function noteOn({ reason, isCutOff, progress }: Turn, { t, format }: Words): string {
  switch (reason) {
    case "aborted":
      return isCutOff ? t("conversation.cutOff") : t("conversation.stopped");
    case "length":
      return t("conversation.endedAtLength", { tokens: format.tokens(progress?.tokens ?? 0) });
    case "context":
      return t("conversation.endedAtContext");
    default:
      return "";
  }
}
