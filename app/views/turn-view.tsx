import { clsx } from "clsx";
import { memo, useState } from "react";
import { Answer } from "../components/answer";
import { Button } from "../components/button";
import { Fault } from "../components/fault";
import { Reasoning } from "../components/reasoning";
import { isBlank } from "../state/text-log";
import { canGoOn, isRunning, type Turn } from "../state/turn";
import type { Words } from "../words/words";
import { useWords } from "../words/words-context";
import { PromptEditor } from "./prompt-editor";
import { sayFailure } from "./say-failure";
import { useSession, useSessionState } from "./session-context";
import { TurnActions } from "./turn-actions";

interface TurnViewProps {
  turn: Turn;
  isLast: boolean;
}

/** A prompt and the reply to it. */
export const TurnView = memo(function TurnView({ turn, isLast }: TurnViewProps) {
  const { t } = useWords();
  const session = useSession();
  const [isEditing, setIsEditing] = useState(false);
  return (
    <section className={clsx("turn", isLast && "turn-last")}>
      <h2 className="sr-only">{t("conversation.youWrote")}</h2>
      {isEditing ? (
        <PromptEditor
          prompt={turn.prompt}
          onDone={(prompt) => session.askInstead(turn, prompt)}
          onEnd={() => setIsEditing(false)}
        />
      ) : (
        <p className="prompt" dir="auto">
          {turn.prompt}
        </p>
      )}
      <article aria-label={t("conversation.reply")} aria-busy={isRunning(turn)} className="space-y-4">
        {turn.stage === "reading" && isBlank(turn.reasoning) && <Reading turn={turn} />}
        <Thought turn={turn} />
        {turn.answer.trim() !== "" && <Answer text={turn.answer} isGrowing={isRunning(turn)} />}
        <Ending turn={turn} isLast={isLast} />
      </article>
      <TurnActions turn={turn} isLast={isLast} onEdit={() => setIsEditing(true)} />
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

function Thought({ turn: { reasoning, stage, answer, progress } }: { turn: Turn }) {
  if (isBlank(reasoning)) return null;
  return (
    <Reasoning
      blocks={reasoning.blocks}
      tail={reasoning.tail}
      isThinking={stage === "thinking"}
      isOpenAfter={answer.trim() === ""}
      tokens={progress?.reasoningTokens ?? 0}
      elapsedMs={progress?.reasoningMs ?? 0}
    />
  );
}

function Ending({ turn, isLast }: TurnViewProps) {
  const session = useSession();
  const words = useWords();
  const isReady = useSessionState(({ engine }) => engine.status === "ready");
  if (turn.failure) {
    const onRetry = turn.failure.canRetry ? () => session.askInstead(turn) : undefined;
    return <Fault {...sayFailure(words, turn.failure)} onRetry={onRetry} />;
  }
  const note = noteOn(turn, words);
  if (!note) return null;
  const isThinking = !turn.isReasoningOver && turn.answer === "" && !turn.isCutOff;
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
      <p className="text-sm text-muted">{note}</p>
      {isLast && canGoOn(turn) && (
        <Button disabled={!isReady} onClick={() => session.goOn(turn)}>
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
