import { type ContextParts, type Past, pastIds, type Question, readingOf } from "../chat/context";
import type { Prompt } from "../chat/prompt";
import { ReplyIds } from "../chat/reply-ids";
import { assertFits } from "./assert-fits";
import type { Written } from "./reply-draft";
import type { EndReason } from "./session";
import { type WriteOptions, type WriteParts, writeReply } from "./write-reply";

/** How a turn came by what it has to know. */
export interface Recalled {
  /** Tokens of the context that need not be read again, and those that must be. */
  readonly reusedTokens: number;
  readonly readTokens: number;
  readonly from: "live" | "memory" | "storage" | "nothing";
}

export interface ConversationParts extends WriteParts {
  readonly prompt: Prompt;
}

export interface AskOptions extends WriteOptions {
  /** Hears what of the context was there, before the rest is read. */
  readonly onRecalled?: (recalled: Recalled) => void;
}

/**
 * Turns of text over one session. Every question brings all that was said before; what the session has read of it is
 * not read again. So editing, regenerating, another branch and going on with a reply are all the same.
 */
export class Conversation {
  readonly #parts: ConversationParts;
  readonly #context: ContextParts;
  readonly #replies: ReplyIds;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    this.#replies = new ReplyIds(parts.tokenizer, parts.stopIds);
    this.#context = { ...parts, replies: this.#replies };
  }

  /** Tokens in the sequence, and how many it may hold. */
  get contextUsed(): number {
    return this.#parts.session.length;
  }

  get contextLength(): number {
    return this.#parts.session.contextLength;
  }

  /**
   * One turn: reads what is unread, writes the reply, or the rest of it.
   *
   * @throws EmptyPromptError for blank text, PromptTooLongError; the state is as before.
   */
  async *ask(question: Question, { onRecalled, ...options }: AskOptions): AsyncGenerator<Written, EndReason> {
    const { session } = this.#parts;
    const { ids, turnStart, replyStart } = readingOf(this.#context, question);
    assertFits(turnStart, ids.length - turnStart, session.contextLength);
    // The last id must be read for a token to be drawn after it.
    const reusedTokens = session.resume(ids.slice(0, -1));
    onRecalled?.(recalledOf(ids.length, reusedTokens));
    if (!(await session.read(ids.slice(reusedTokens, -1), options.signal))) return "aborted";
    const reply = ids.slice(replyStart);
    try {
      return yield* writeReply(this.#parts, ids.slice(-1), reply, options);
    } finally {
      this.#replies.remember(reply);
    }
  }

  /**
   * Reads ahead what a question after these turns will need.
   *
   * @throws PromptTooLongError; the state is as before.
   */
  async prepare(past: Past, signal?: AbortSignal): Promise<Recalled> {
    const ids = pastIds(this.#context, past);
    assertFits(0, ids.length, this.contextLength);
    const reusedTokens = this.#parts.session.resume(ids);
    await this.#parts.session.read(ids.slice(reusedTokens), signal);
    return recalledOf(ids.length, reusedTokens);
  }
}

const recalledOf = (tokens: number, reusedTokens: number): Recalled => ({
  reusedTokens,
  readTokens: tokens - reusedTokens,
  from: reusedTokens > 0 ? "live" : "nothing",
});
