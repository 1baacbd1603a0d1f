import { clsx } from "clsx";
import { memo } from "react";
import { Answer } from "../components/answer";
import { Fault } from "../components/fault";
import { formatCount } from "../components/format";
import { Reasoning } from "../components/reasoning";
import type { FinishReason } from "../engine/protocol";
import { isBlank } from "../state/text-log";
import { isRunning, type Turn } from "../state/turn";
import { useSession } from "./session-context";

interface TurnViewProps {
  turn: Turn;
  isLast: boolean;
}

/** A prompt and the reply to it. */
export const TurnView = memo(function TurnView({ turn, isLast }: TurnViewProps) {
  return (
    <section className={clsx("turn", isLast && "turn-last")} aria-label="Turn">
      <h2 className="sr-only">You wrote</h2>
      <p className="prompt" dir="auto">
        {turn.prompt}
      </p>
      <article aria-label="Reply" aria-busy={isRunning(turn)} className="space-y-4">
        {turn.stage === "reading" && isBlank(turn.reasoning) && <p className="reading">Reading the problem</p>}
        <Thought turn={turn} />
        {turn.answer.trim() !== "" && <Answer text={turn.answer} isGrowing={isRunning(turn)} />}
        <Ending turn={turn} />
      </article>
    </section>
  );
});

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

function Ending({ turn }: { turn: Turn }) {
  const session = useSession();
  if (turn.failure) {
    const { name, message, detail, canRetry } = turn.failure;
    return (
      <Fault
        message={message}
        detail={detail && `${name}: ${detail}`}
        onRetry={canRetry ? () => session.askAgain(turn) : undefined}
      />
    );
  }
  const note = turn.reason && NOTES[turn.reason](turn);
  return note ? <p className="text-sm text-muted">{note}</p> : null;
}

const NOTES: Record<FinishReason, (turn: Turn) => string> = {
  stop: () => "",
  aborted: ({ isCutOff }) => (isCutOff ? "Cut off. The model does not know of this problem any more." : "Stopped."),
  length: ({ progress }) => `Ended at the most that one reply may have, ${formatCount(progress?.tokens ?? 0)} tokens.`,
  context: () => "The context is full. Start a new conversation to go on.",
};
