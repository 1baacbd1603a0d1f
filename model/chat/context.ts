import type { Prompt } from "./prompt";
import type { ReplyIds } from "./reply-ids";
import { hasReasoned, type SplitReply } from "./spell-reply";
import type { Tokenizer } from "./tokenizer";

/** The person sent nothing. */
export class EmptyPromptError extends Error {
  override readonly name = "EmptyPromptError";
}

/** A prompt and what was written in reply to it. */
export interface PastTurn {
  readonly text: string;
  readonly reply: SplitReply;
}

/** What was said before a turn, and how much of it the model is to know. */
export interface Past {
  readonly path: readonly PastTurn[];
  /** Instructions for the whole conversation; none when empty. */
  readonly system: string;
  /** Leaves out the reasoning that led to an answer. What never came to one is all that there is of its reply. */
  readonly dropsReasoning: boolean;
}

export interface Question extends Past {
  readonly text: string;
  /** What the reply begins with, written before. */
  readonly begun?: SplitReply | undefined;
}

/** What the model has read before it writes on. */
export interface Reading {
  readonly ids: readonly number[];
  /** Where the last turn begins, in tokens, and where the reply to it does. */
  readonly turnStart: number;
  readonly replyStart: number;
}

export interface ContextParts {
  readonly tokenizer: Pick<Tokenizer, "encodePlain">;
  readonly prompt: Prompt;
  readonly replies: ReplyIds;
  /** Tokens that end a reply. */
  readonly stopIds: readonly number[];
}

/**
 * The ids of a question and all before it. A reply that ended by itself brings its own stop token, others are closed as
 * the template does.
 *
 * @throws EmptyPromptError
 */
export function readingOf(parts: ContextParts, { text, begun, ...past }: Question): Reading {
  if (text.trim() === "") throw new EmptyPromptError("There is nothing to answer yet. Write a problem first.");
  const before = pastIds(parts, past);
  const prompted = [...before, ...promptIds(parts, text, past.path.length, past)];
  const reply = begun ? withoutStop(parts, parts.replies.of(begun)) : [];
  return { ids: [...prompted, ...reply], turnStart: before.length, replyStart: prompted.length };
}

/** The ids of earlier turns, all of them closed. */
export function pastIds(parts: ContextParts, past: Past): number[] {
  return past.path.flatMap(({ text, reply }, index) => [
    ...promptIds(parts, text, index, past),
    ...closed(parts, isDropped(reply, past) ? parts.tokenizer.encodePlain(reply.answer) : parts.replies.of(reply)),
  ]);
}

const promptIds = ({ prompt }: ContextParts, text: string, index: number, { system }: Past): number[] =>
  index === 0 ? prompt.openingTurn({ system, text }) : prompt.followingTurn(text);

/** Whether the model is to know no more of a reply than its answer. */
export const isDropped = (reply: SplitReply, { dropsReasoning }: Pick<Past, "dropsReasoning">): boolean =>
  dropsReasoning && reply.answer !== "" && hasReasoned(reply);

const closed = (parts: ContextParts, ids: readonly number[]): readonly number[] =>
  endsByItself(parts, ids) ? ids : [...ids, ...parts.prompt.closingIds];

const withoutStop = (parts: ContextParts, ids: readonly number[]): readonly number[] =>
  endsByItself(parts, ids) ? ids.slice(0, -1) : ids;

const endsByItself = ({ stopIds }: ContextParts, ids: readonly number[]): boolean => stopIds.includes(ids.at(-1) ?? -1);
