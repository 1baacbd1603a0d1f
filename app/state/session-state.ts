import { type Conversation, titleFrom } from "../conversations/conversation";
import { choose, pathOf, siblingsOf } from "../conversations/tree";
import type { Event as EngineEvent, Failure, PastTurn, Recalled } from "../engine/protocol";
import { type EngineState, engineAfter } from "./engine-state";
import { beginTurn, continueTurn, isRunning, replyOf, type Turn, turnAfter } from "./turn";

/** All that the page shows of the conversation that is open. */
export interface SessionState {
  readonly engine: EngineState;
  /** The stored name of the model that is open, or is to be. */
  readonly model: string;
  readonly conversation: Conversation;
  /** The branch that is shown, from the first turn on. */
  readonly turns: readonly Turn[];
  /** The turns that are on other branches only. */
  readonly otherTurns: readonly Turn[];
  /** Of conversations that were left in the middle of a reply: turns whose end has not come yet. */
  readonly leftTurns: readonly Turn[];
  /** A conversation is about to be shown, once it has been read from the store. */
  readonly isFetching: boolean;
  /** The conversation that was asked for is not on this device, or no longer. */
  readonly isMissing: boolean;
  /** The turn whose reply was cut off by the loss of the device, and is gone on with when the model is back. */
  readonly interrupted: string | null;
  /** Whether the model has been opened again by itself since somebody last asked for it. */
  readonly hasRecovered: boolean;
  /** What is read ahead of the next question: it is going on, or what it came to. */
  readonly ahead: "reading" | Recalled | null;
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

/** What the model is to know when it replies after these turns: a failed one was never part of it, half a thought misleads. */
export const pastTurns = (turns: readonly Turn[]): PastTurn[] =>
  turns
    .filter(({ stage, isCutOff }) => stage !== "failed" && !isCutOff)
    .map((turn) => ({ text: turn.prompt, reply: replyOf(turn) }));

/** The turns of the shown branch before this one. */
export const turnsBefore = ({ turns }: SessionState, { id }: Turn): readonly Turn[] =>
  turns.slice(
    0,
    turns.findIndex((turn) => turn.id === id),
  );

/** The turns among which this one can be switched, oldest first, itself among them. */
export const siblingsIn = ({ turns, otherTurns }: SessionState, turn: Turn): readonly Turn[] =>
  // Most conversations have one branch.
  otherTurns.length === 0 ? [turn] : siblingsOf([...turns, ...otherTurns], turn);

/** Whether the model is opened again without being asked for: after the first loss of the device, not after the next. */
export const mayRecover = ({ engine, hasRecovered }: SessionState, { name }: Failure): boolean =>
  name === "DeviceLostError" && engine.status === "ready" && !hasRecovered;

/** The turns of a conversation, divided into the branch that is shown and the rest. */
export function divided({ chosen }: Conversation, all: readonly Turn[]): Pick<SessionState, "turns" | "otherTurns"> {
  const turns = pathOf(all, chosen);
  const shown = new Set(turns);
  return { turns, otherTurns: all.filter((turn) => !shown.has(turn)) };
}

/** The state with the branch shown on which this turn is. */
export function withBranch(state: SessionState, turn: Turn): SessionState {
  const conversation = { ...state.conversation, chosen: choose(state.conversation.chosen, turn) };
  return { ...state, conversation, ...divided(conversation, [...state.turns, ...state.otherTurns]) };
}

/** The state with another question, after these turns of the shown branch. What followed them before stays beside it. */
export function withQuestion(
  { conversation, turns, otherTurns }: SessionState,
  earlier: readonly Turn[],
  prompt: string,
  { id, at, model }: { id: string; at: number; model: string },
): Pick<SessionState, "conversation" | "turns" | "otherTurns"> {
  const all = [...turns, ...otherTurns];
  // Younger than what is there, whatever the clock says.
  const createdAt = all.reduce((latest, turn) => Math.max(latest, turn.createdAt + 1), at);
  const parent = earlier.at(-1)?.id ?? null;
  const turn = beginTurn({ id, parent, createdAt, conversation: conversation.id, prompt });
  const title = conversation.title || titleFrom(prompt);
  const chosen = choose(conversation.chosen, turn);
  return {
    conversation: { ...conversation, title, updatedAt: createdAt, model, chosen },
    turns: [...earlier, turn],
    otherTurns: all.filter((other) => !earlier.includes(other)),
  };
}

/** The state with this turn of the shown branch, its last one, about to be gone on with. */
export function withContinuation(
  state: SessionState,
  turn: Turn,
  { at, model }: { at: number; model: string },
): Pick<SessionState, "conversation" | "turns"> {
  return {
    conversation: { ...state.conversation, updatedAt: at, model },
    turns: [...turnsBefore(state, turn), continueTurn(turn)],
  };
}

/** The session's state after an event from the engine. */
export function stateAfter(state: SessionState, event: EngineEvent): SessionState {
  const next = {
    ...state,
    turns: turnsAfter(state.turns, event),
    leftTurns: turnsAfter(state.leftTurns, event),
    engine: engineAfter(state.engine, event),
    ahead: aheadAfter(state, event),
    draft: givenBack(state, event) ?? state.draft,
  };
  if (event.kind === "failed") return afterFailure(state, next, event.failure);
  if (event.kind === "ready") return { ...next, notice: state.notice && { ...state.notice, isOver: true } };
  return next;
}

/** The same list when no turn has changed. */
function turnsAfter(turns: readonly Turn[], event: EngineEvent): readonly Turn[] {
  const next = turns.map((turn) => turnAfter(turn, event));
  return next.every((turn, index) => turn === turns[index]) ? turns : next;
}

function aheadAfter({ ahead, conversation }: SessionState, event: EngineEvent): SessionState["ahead"] {
  if (event.kind === "failed") return null;
  if (event.kind !== "prepared" || event.conversation !== conversation.id || ahead !== "reading") return ahead;
  const { reusedTokens, readTokens, from } = event;
  return { reusedTokens, readTokens, from };
}

/** What the engine has the graphics card do. Null: nothing, or no more than storing what is there. */
export function occupationOf({
  engine,
  turns,
  leftTurns,
  ahead,
}: SessionState): "opening" | "replying" | "reading" | null {
  if (engine.status === "opening") return "opening";
  if ([...turns, ...leftTurns].some(isRunning)) return "replying";
  return ahead === "reading" ? "reading" : null;
}

/** The tokens that had to be read again since neither memory nor the store had the model's state; 0 when one of them had. */
export const readAgain = ({ ahead }: SessionState): number =>
  ahead !== null && ahead !== "reading" && ahead.from === "nothing" ? ahead.readTokens : 0;

function afterFailure(before: SessionState, after: SessionState, failure: Failure): SessionState {
  if (failure.name !== "DeviceLostError") return after;
  const interrupted = before.turns.find(isRunning)?.id ?? before.interrupted;
  const lost: SessionState = { ...after, interrupted, notice: { failure, isOver: false } };
  if (!mayRecover(before, failure)) return lost;
  return { ...lost, hasRecovered: true, engine: { status: "opening", progress: null, because: failure } };
}

/** A prompt that did not fit goes back into the composer to be shortened, unless something else is there by now. */
function givenBack({ turns, draft }: SessionState, event: EngineEvent): string | undefined {
  if (event.kind !== "turn-failed" || event.failure.name !== "PromptTooLongError" || draft !== "") return undefined;
  return turns.find(({ id }) => id === event.turn)?.prompt;
}
