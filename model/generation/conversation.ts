import {
  type ContextParts,
  isDropped,
  type Past,
  pastIds,
  type Question,
  type Reading,
  readingOf,
} from "../chat/context";
import type { Prompt } from "../chat/prompt";
import { remembering } from "../chat/recent-texts";
import { ReplyIds } from "../chat/reply-ids";
import type { StoredState } from "../state/state-store";
import { assertFits } from "./assert-fits";
import { orAborted } from "./or-aborted";
import type { Written } from "./reply-draft";
import type { EndReason, Resumed } from "./session";
import type { Keepable, StateKeeper } from "./state-keeper";
import { type WriteOptions, type WriteParts, writeReply } from "./write-reply";

/** How a turn came by what it has to know. */
export interface Recalled {
  /** Tokens of the context that need not be read again, and those that must be. */
  readonly reusedTokens: number;
  readonly readTokens: number;
  readonly from: "live" | "memory" | "storage" | "nothing";
}

/** Fewer tokens than these are rather read again than that another checkpoint is kept: what closes a reply. */
const SPACING = 4;

export interface ConversationParts extends WriteParts {
  readonly prompt: Prompt;
  /** Keeps states beyond this session; without one they are only in memory. */
  readonly keeper?: StateKeeper | undefined;
}

export interface RecallOptions {
  /** The conversation's name in the browser's storage; it is not looked for there without one. */
  readonly storedAs?: string;
  readonly signal?: AbortSignal;
}

export interface AskOptions extends WriteOptions, RecallOptions {
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
  /** What is to be stored of the last turn when there is time. */
  #unkept: { readonly storedAs: string; readonly state: Keepable } | undefined;

  /** What the next question is likely to come after, and what is to be called when that has been read. */
  #ahead: { readonly past: Past; readonly keep: (read: readonly number[]) => void } | undefined;
  /** Conversations that were deleted. */
  readonly #forgotten = new Set<string>();

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    const { tokenizer, prompt, stopIds } = parts;
    this.#replies = new ReplyIds(tokenizer, stopIds);
    this.#context = {
      ...{ stopIds, replies: this.#replies },
      // Every question brings its conversation: what was cut into tokens once need not be again.
      tokenizer: { encodePlain: remembering((text) => tokenizer.encodePlain(text)) },
      prompt: { ...prompt, followingTurn: remembering((text) => prompt.followingTurn(text)) },
    };
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
    const stored = await this.#findStored(options.storedAs);
    const reading = readingOf(this.#context, question);
    const { ids, turnStart, replyStart } = reading;
    assertFits(turnStart, ids.length - turnStart, session.contextLength);
    this.#unkept = this.#ahead = undefined;
    this.#forgotten.delete(options.storedAs ?? "");
    // The last id must be read for a token to be drawn after it.
    const before = ids.slice(0, -1);
    const { tokens: reusedTokens, from } = await this.#resume(before, stored, options);
    onRecalled?.({ reusedTokens, readTokens: ids.length - reusedTokens, from });
    if (!(await this.#read(before, reusedTokens, [turnStart, replyStart - 1], options.signal))) return "aborted";
    const reply = ids.slice(replyStart);
    try {
      return yield* writeReply(this.#parts, ids.slice(-1), reply, options);
    } finally {
      session.mark();
      this.#takeDown(question, reading, reply, options);
    }
  }

  /**
   * Reads ahead what a question after these turns will need.
   *
   * @throws PromptTooLongError; the state is as before.
   */
  async prepare(past: Past, options: RecallOptions = {}): Promise<Recalled> {
    const stored = await this.#findStored(options.storedAs);
    const ids = pastIds(this.#context, past);
    assertFits(0, ids.length, this.contextLength);
    const { tokens: reusedTokens, from } = await this.#resume(ids, stored, options);
    await this.#read(ids, reusedTokens, [ids.length], options.signal);
    return { reusedTokens, readTokens: ids.length - reusedTokens, from };
  }

  /**
   * To be called when nobody waits. Reads ahead what the next question will need where reasoning is dropped, and stores
   * the state of the last turn, for another session to go on from, unless that has been done. A turn that begins
   * meanwhile need not wait.
   *
   * @returns the conversation's name and the bytes stored, or undefined when nothing was.
   * @throws AbortError
   */
  async keep(signal: AbortSignal): Promise<{ storedAs: string; bytes: number } | undefined> {
    await this.#readAhead(signal);
    const unkept = this.#unkept;
    if (!unkept || this.#forgotten.has(unkept.storedAs)) return undefined;
    const bytes = await orAborted(this.#store(unkept.storedAs, unkept.state, signal), signal);
    if (this.#unkept === unkept) this.#unkept = undefined;
    return bytes === undefined ? undefined : { storedAs: unkept.storedAs, bytes };
  }

  /** Also where nobody waits for it any more, nothing is left of what was deleted meanwhile. */
  async #store(storedAs: string, state: Keepable, signal: AbortSignal): Promise<number | undefined> {
    const bytes = await this.#parts.keeper?.keep(storedAs, state, signal);
    if (this.#forgotten.has(storedAs)) await this.#parts.keeper?.forget(storedAs);
    return bytes;
  }

  /** It is not to be stored any more: neither what is being written now nor what waits for that. */
  forget(storedAs: string): void {
    this.#forgotten.add(storedAs);
  }

  /**
   * What is to be stored of a turn: what a question after it can go on from, and what another one in its place can. Where
   * its reasoning is dropped, that is not the state that has read it.
   */
  #takeDown(question: Question, { ids, turnStart, replyStart }: Reading, written: number[], options: AskOptions): void {
    const reply = this.#replies.remember(written);
    const { storedAs } = options;
    const isAnswered = isDropped(reply, question);
    const replies = [...question.path.map((turn) => this.#replies.of(turn.reply)), written];
    const keep = (read: readonly number[]) => {
      if (storedAs !== undefined) {
        this.#unkept = { storedAs, state: { ids: read, lengths: [turnStart, read.length], replies } };
      }
    };
    keep(isAnswered ? ids.slice(0, replyStart - 1) : this.#parts.session.live);
    this.#ahead = isAnswered
      ? { past: { ...question, path: [...question.path, { text: question.text, reply }] }, keep }
      : undefined;
  }

  async #readAhead(signal: AbortSignal): Promise<void> {
    const ahead = this.#ahead;
    if (!ahead) return;
    // What does not fit the context is said when it is asked for.
    const read = await this.prepare(ahead.past, { signal }).catch(() => undefined);
    signal.throwIfAborted();
    this.#ahead = undefined;
    if (read) ahead.keep(this.#parts.session.live);
  }

  async #findStored(storedAs: string | undefined): Promise<StoredState | undefined> {
    if (storedAs === undefined) return undefined;
    const stored = await this.#parts.keeper?.find(storedAs);
    for (const reply of stored?.replies ?? []) this.#replies.remember([...reply]);
    return stored;
  }

  /** Makes the state the longest known beginning of these ids. */
  async #resume(
    ids: readonly number[],
    stored: StoredState | undefined,
    { storedAs }: RecallOptions,
  ): Promise<Resumed> {
    const { session, keeper } = this.#parts;
    if (stored && storedAs !== undefined) await keeper?.load(storedAs, stored, ids, await session.known(ids));
    return session.resume(ids);
  }

  /**
   * Reads what is left of the ids after the first `read`, with checkpoints on the way.
   *
   * @returns false when aborted.
   */
  async #read(ids: readonly number[], read: number, marks: readonly number[], signal?: AbortSignal): Promise<boolean> {
    const { session } = this.#parts;
    let done = read;
    for (const mark of marks.filter((at) => at >= read && at <= ids.length)) {
      if (!(await session.read(ids.slice(done, mark), signal))) return false;
      session.mark(SPACING);
      done = mark;
    }
    return session.read(ids.slice(done), signal);
  }
}
