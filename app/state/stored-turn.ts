import type { Conversation, StoredTurn } from "../conversations/conversation";
import type { Reply } from "../engine/protocol";
import { appendText, EMPTY_LOG } from "./text-log";
import { beginTurn, isRunning, replyOf, type Turn } from "./turn";

/** A turn as it is kept. One that is running is kept as one without an end. */
export function storedFrom(turn: Turn): StoredTurn {
  const { id, parent, createdAt, prompt, reason, progress, failure, isCutOff } = turn;
  const ended = isCutOff || isRunning(turn) ? null : reason;
  return { id, parent, createdAt, prompt, reply: replyOf(turn), reason: ended, progress, ...(failure && { failure }) };
}

/** Whether a turn has more of its reply than the store, where the rest, or its end, is yet to be written. */
export function saysMore(turn: Turn, { reply, reason, failure }: StoredTurn): boolean {
  const more = lengthOf(replyOf(turn)) - lengthOf(reply);
  return more > 0 || (more === 0 && reason === null && !failure && !turn.isCutOff);
}

const lengthOf = ({ reasoning, answer }: Reply): number => reasoning.length + answer.length;

/** What was read from the store, as it was read: it need not be written there. Nothing of it is changed, only replaced. */
const fromStore = new WeakSet<Turn | Conversation>();

export const isFromStore = (value: Turn | Conversation): boolean => fromStore.has(value);

/** Takes a conversation for one that is in the store just so. */
export function takenAsStored(conversation: Conversation): Conversation {
  fromStore.add(conversation);
  return conversation;
}

/** A turn as it was kept. One without an end was cut off: the page that was writing it has gone away. */
export function turnFrom(conversation: string, stored: StoredTurn): Turn {
  const { id, parent, createdAt, prompt, reply, reason, progress, failure } = stored;
  const turn: Turn = {
    ...beginTurn({ id, parent, createdAt, conversation, prompt }),
    stage: failure ? "failed" : "finished",
    reasoning: appendText(EMPTY_LOG, reply.reasoning),
    isReasoningOver: reply.isReasoningOver ?? reply.answer.trim() !== "",
    answer: reply.answer,
    progress,
    reason: reason ?? "aborted",
    isCutOff: reason === null && !failure,
    failure: failure ?? null,
  };
  fromStore.add(turn);
  return turn;
}
