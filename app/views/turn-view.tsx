import { clsx } from "clsx";
import { memo } from "react";
import { Answer } from "../components/answer";
import { Fault } from "../components/fault";
import { Reasoning } from "../components/reasoning/reasoning";
import { isBlank } from "../state/text-log";
import { isRunning, type Turn } from "../state/turn";
import type { Words } from "../words/words";
import { useWords } from "../words/words-context";
import { EndThinking } from "./end-thinking";
import { sayFailure } from "./say-failure";
import { useSession } from "./session-context";

interface TurnViewProps {
  turn: Turn;
  isLast: boolean;
}

/** A prompt and the reply to it. */
export const TurnView = memo(function TurnView({ turn, isLast }: TurnViewProps) {
  const { t } = useWords();
  return (
    <section className={clsx("turn", isLast && "turn-last")} aria-label={t("conversation.turn")}>
      <h2 className="sr-only">{t("conversation.youWrote")}</h2>
      <p className="prompt" dir="auto">
        {turn.prompt}
      </p>
      <article aria-label={t("conversation.reply")} aria-busy={isRunning(turn)} className="space-y-4">
        {turn.stage === "reading" && isBlank(turn.reasoning) && <p className="reading">{t("conversation.reading")}</p>}
        <Thought turn={turn} />
        {turn.answer.trim() !== "" && <Answer text={turn.answer} isGrowing={isRunning(turn)} />}
        <Ending turn={turn} />
      </article>
    </section>
  );
});

function Thought({ turn }: { turn: Turn }) {
  const { reasoning, stage, answer, progress } = turn;
  if (isBlank(reasoning)) return null;
  return (
    <Reasoning
      blocks={reasoning.blocks}
      tail={reasoning.tail}
      isThinking={stage === "thinking"}
      isOpenAfter={answer.trim() === ""}
      tokens={progress?.reasoningTokens ?? 0}
      elapsedMs={progress?.reasoningMs ?? 0}
      tokensPerSecond={progress?.tokensPerSecond ?? 0}
    >
      <EndThinking turn={turn} />
    </Reasoning>
  );
}

function Ending({ turn }: { turn: Turn }) {
  const session = useSession();
  const words = useWords();
  if (turn.failure) {
    const onRetry = turn.failure.canRetry ? () => session.askInstead(turn) : undefined;
    return <Fault {...sayFailure(words, turn.failure)} onRetry={onRetry} />;
  }
  const note = noteOn(turn, words);
  return note ? <p className="text-sm text-muted">{note}</p> : null;
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
