import type { Event as EngineEvent, Failure, PastTurn } from "../engine/protocol";
import { type EngineState, engineAfter } from "./engine-state";
import { isRunning, replyOf, type Turn, turnAfter } from "./turn";

/** All that the page shows of a conversation. */
export interface SessionState {
  readonly engine: EngineState;
  /** The name under which the engine keeps the conversation's state. */
  readonly conversation: string;
  /** The stored name of the model that is open, or is to be. */
  readonly model: string;
  readonly turns: readonly Turn[];
  /** How many of the turns the model does not know, because it was opened after them. */
  readonly forgotten: number;
  /** The turn whose reply was cut off by the loss of the device, and is gone on with when the model is back. */
  readonly interrupted: string | null;
  /** Whether the model has been opened again by itself since somebody last asked for it. */
  readonly hasRecovered: boolean;
  /** What happened, for the person to know, until the next question. */
  readonly notice: Notice | null;
  /** What the composer holds. */
  readonly draft: string;
  /** Why the draft was not accepted. */
  readonly hint: Hint | null;
}

/** A failure that was got over, or is to be. */
export interface Notice {
  readonly failure: Failure;
  /** The model was loaded again, and the conversation goes on. */
  readonly isOver: boolean;
}

export type Hint = "emptyPrompt";

/** The turns of which the model is to know: the others came before it was opened. */
export const knownTurns = ({ turns, forgotten }: SessionState): readonly Turn[] => turns.slice(forgotten);

/** What a question is to follow. Failed turns were never part of it. */
export const pastTurns = (state: SessionState): PastTurn[] =>
  knownTurns(state)
    .filter(({ stage, isCutOff }) => stage !== "failed" && !isCutOff)
    .map((turn) => ({ text: turn.prompt, reply: replyOf(turn) }));

/** Whether the model is opened again without being asked for: after the first loss of the device, not after the next. */
export const mayRecover = ({ engine, hasRecovered }: SessionState, { name }: Failure): boolean =>
  name === "DeviceLostError" && engine.status === "ready" && !hasRecovered;

/** The session's state after an event from the engine. */
export function stateAfter(state: SessionState, event: EngineEvent): SessionState {
  const turns = state.turns.map((turn) => turnAfter(turn, event));
  const next = {
    ...state,
    turns: turns.every((turn, index) => turn === state.turns[index]) ? state.turns : turns,
    engine: engineAfter(state.engine, event),
    draft: givenBack(state, event) ?? state.draft,
  };
  if (event.kind === "failed") return afterFailure(state, next, event.failure);
  if (event.kind === "ready") return afterReady(state, next);
  return next;
}

function afterFailure(before: SessionState, after: SessionState, failure: Failure): SessionState {
  if (failure.name !== "DeviceLostError") return after;
  const interrupted = before.turns.find(isRunning)?.id ?? before.interrupted;
  const lost = { ...after, interrupted, notice: { failure, isOver: false } };
  if (!mayRecover(before, failure)) return lost;
  return { ...lost, hasRecovered: true, engine: { status: "opening", progress: null, because: failure } };
}

function afterReady(before: SessionState, after: SessionState): SessionState {
  return { ...after, notice: before.notice && { ...before.notice, isOver: true } };
}

/** A prompt that did not fit goes back into the composer to be shortened, unless something else is there by now. */
function givenBack({ turns, draft }: SessionState, event: EngineEvent): string | undefined {
  if (event.kind !== "turn-failed" || event.failure.name !== "PromptTooLongError" || draft !== "") return undefined;
  return turns.find(({ id }) => id === event.turn)?.prompt;
}
