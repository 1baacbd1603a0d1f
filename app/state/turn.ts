import type { Node } from "../conversations/tree";
import type { Event as EngineEvent, Failure, FinishReason, Recalled, Reply, TurnProgress } from "../engine/protocol";
import { appendText, EMPTY_LOG, isBlank, type TextLog, textOf } from "./text-log";

/** A prompt and the reply to it. */
export interface Turn extends Node {
  /** The conversation of which it is a part. */
  readonly conversation: string;
  readonly prompt: string;
  readonly stage: Stage;
  readonly reasoning: TextLog;
  readonly isReasoningOver: boolean;
  readonly answer: string;
  readonly progress: TurnProgress | null;
  /** Of a reply that was gone on with: what had been done until then. */
  readonly before: TurnProgress | null;
  /** How the model came by what was said before it. */
  readonly recalled: Recalled | null;
  /** Of a finished turn. */
  readonly reason: FinishReason | null;
  /** The reply ended in the middle without anyone asking for it: half a thought, which would mislead the model. */
  readonly isCutOff: boolean;
  /** Of a failed turn. */
  readonly failure: Failure | null;
}

/** "reading": the prompt, nothing is written yet. */
type Stage = "reading" | "thinking" | "answering" | "finished" | "failed";

export const isRunning = ({ stage }: Turn): boolean => stage !== "finished" && stage !== "failed";

/** Whether more of the reply may be written: somebody or something ended it, not the model. */
export const canGoOn = ({ stage, reason }: Turn): boolean =>
  stage === "finished" && (reason === "aborted" || reason === "length");

/** A turn whose prompt has just been sent. */
export function beginTurn(turn: Node & Pick<Turn, "conversation" | "prompt">): Turn {
  return {
    ...turn,
    stage: "reading",
    reasoning: EMPTY_LOG,
    isReasoningOver: false,
    answer: "",
    progress: null,
    before: null,
    recalled: null,
    reason: null,
    isCutOff: false,
    failure: null,
  };
}

/** A turn that is about to be gone on with. */
export const continueTurn = (turn: Turn): Turn => ({
  ...turn,
  stage: "reading",
  reason: null,
  isCutOff: false,
  before: turn.progress,
});

/** What was written of the reply. */
export const replyOf = ({ reasoning, answer, isReasoningOver }: Turn): Reply => {
  return { reasoning: textOf(reasoning), answer, ...(isReasoningOver && { isReasoningOver }) };
};

/** The turn after an event. Events of other turns, and events that come after its end, leave it as it is. */
export function turnAfter(turn: Turn, event: EngineEvent): Turn {
  if (!isRunning(turn)) return turn;
  if (event.kind === "failed") return { ...turn, stage: "finished", reason: "aborted", isCutOff: true };
  if (!("turn" in event) || event.turn !== turn.id) return turn;
  switch (event.kind) {
    case "recalled": {
      const { reusedTokens, readTokens, from } = event;
      return { ...turn, recalled: { reusedTokens, readTokens, from } };
    }
    case "wrote":
      return written(turn, event);
    case "finished":
      return { ...turn, stage: "finished", reason: event.reason, progress: counted(turn, event.progress) };
    case "turn-failed":
      return { ...turn, stage: "failed", failure: event.failure };
  }
}

function written(turn: Turn, event: Extract<EngineEvent, { kind: "wrote" }>): Turn {
  const reasoning = event.reasoning === "" ? turn.reasoning : appendText(turn.reasoning, event.reasoning);
  const answer = turn.answer + event.answer;
  const stage = answer.trim() !== "" ? "answering" : isBlank(reasoning) ? turn.stage : "thinking";
  const progress = counted(turn, event.progress);
  return { ...turn, stage, reasoning, answer, progress, isReasoningOver: !event.isReasoning };
}

/** Counts on from what the reply had before it was gone on with. */
function counted({ before }: Turn, progress: TurnProgress): TurnProgress {
  if (!before) return progress;
  return {
    ...progress,
    tokens: before.tokens + progress.tokens,
    reasoningTokens: before.reasoningTokens + progress.reasoningTokens,
    elapsedMs: before.elapsedMs + progress.elapsedMs,
    reasoningMs: before.reasoningMs + progress.reasoningMs,
  };
}
