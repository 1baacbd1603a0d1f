import type { Event as EngineEvent, Failure, FinishReason, Reply, TurnProgress } from "../engine/protocol";
import { appendText, EMPTY_LOG, isBlank, type TextLog, textOf } from "./text-log";

/** A prompt and the reply to it. */
export interface Turn {
  readonly id: string;
  readonly prompt: string;
  readonly stage: Stage;
  readonly reasoning: TextLog;
  readonly answer: string;
  readonly progress: TurnProgress | null;
  /** Of an interrupted reply that was gone on with: what had been done until then. */
  readonly before: TurnProgress | null;
  /** Of a finished turn. */
  readonly reason: FinishReason | null;
  /** The engine failed in the middle of the reply: half a thought, which a model that reads it again would stumble over. */
  readonly isCutOff: boolean;
  /** Of a failed turn. */
  readonly failure: Failure | null;
}

/** "reading": the prompt, nothing is written yet. */
type Stage = "reading" | "thinking" | "answering" | "finished" | "failed";

export const isRunning = ({ stage }: Turn): boolean => stage !== "finished" && stage !== "failed";

/** A turn whose prompt has just been sent. */
export function beginTurn(id: string, prompt: string): Turn {
  return {
    id,
    prompt,
    stage: "reading",
    reasoning: EMPTY_LOG,
    answer: "",
    progress: null,
    before: null,
    reason: null,
    isCutOff: false,
    failure: null,
  };
}

/** An interrupted turn that is about to be gone on with. */
export const continueTurn = (turn: Turn): Turn => ({
  ...turn,
  stage: "reading",
  reason: null,
  isCutOff: false,
  before: turn.progress,
});

/** What was written of the reply. */
export const replyOf = ({ reasoning, answer }: Turn): Reply => ({ reasoning: textOf(reasoning), answer });

/** The turn after an event. Events of other turns, and events that come after its end, leave it as it is. */
export function turnAfter(turn: Turn, event: EngineEvent): Turn {
  if (!isRunning(turn)) return turn;
  if (event.kind === "failed") return { ...turn, stage: "finished", reason: "aborted", isCutOff: true };
  if (!("turn" in event) || event.turn !== turn.id) return turn;
  switch (event.kind) {
    case "recalled":
      return turn;
    case "wrote":
      return written(turn, event.reasoning, event.answer, event.progress);
    case "finished":
      return { ...turn, stage: "finished", reason: event.reason, progress: counted(turn, event.progress) };
    case "turn-failed":
      return { ...turn, stage: "failed", failure: event.failure };
  }
}

function written(turn: Turn, moreReasoning: string, moreAnswer: string, progress: TurnProgress): Turn {
  const reasoning = moreReasoning === "" ? turn.reasoning : appendText(turn.reasoning, moreReasoning);
  const answer = turn.answer + moreAnswer;
  const stage = answer.trim() !== "" ? "answering" : isBlank(reasoning) ? turn.stage : "thinking";
  return { ...turn, stage, reasoning, answer, progress: counted(turn, progress) };
}

/** Counts on from what an interrupted reply had. */
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
