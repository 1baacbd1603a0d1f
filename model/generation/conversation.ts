import type { Prompt } from "../chat/prompt";
import { createReasoningSplitter } from "../chat/reasoning-splitter";
import { type SplitReply, spellReply } from "../chat/spell-reply";
import { createTextStream } from "../chat/text-stream";
import type { Tokenizer } from "../chat/tokenizer";
import type { SamplingSettings } from "./sampling";
import type { EndReason, Session } from "./session";

/** The person sent nothing. */
export class EmptyPromptError extends Error {
  override readonly name = "EmptyPromptError";
}

export interface ConversationParts {
  readonly session: Session;
  readonly tokenizer: Tokenizer;
  readonly prompt: Prompt;
  /** Tokens that end a reply. */
  readonly stopIds: readonly number[];
}

export interface AskOptions {
  readonly sampling: SamplingSettings;
  readonly maxTokens: number;
  readonly signal?: AbortSignal;
  /** What the reply begins with, written before: it is read, and only what follows is handed out. */
  readonly begun?: SplitReply | undefined;
}

/** A turn that was written before, here or in another tab or time. */
export interface PastTurn {
  readonly text: string;
  readonly reply: SplitReply;
}

/** What became certain with the tokens of one report. Texts may be empty while a character or a tag is incomplete. */
export interface Written {
  readonly reasoning: string;
  readonly answer: string;
  /** Tokens drawn in this turn, its end included, and how many of them are reasoning. */
  readonly tokens: number;
  readonly reasoningTokens: number;
}

/** Turns of text over one session. Each turn reads only its own text; what came before is in the state. */
export class Conversation {
  readonly #parts: ConversationParts;
  #turns = 0;
  #isClosed = true;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
  }

  /** Tokens in the sequence, and how many it may hold. */
  get contextUsed(): number {
    return this.#parts.session.length;
  }

  get contextLength(): number {
    return this.#parts.session.contextLength;
  }

  /**
   * One turn: reads the text, writes the reply.
   *
   * @throws EmptyPromptError for blank text, PromptTooLongError; the conversation is as before.
   */
  async *ask(text: string, { sampling, maxTokens, signal, begun }: AskOptions): AsyncGenerator<Written, EndReason> {
    const { session, tokenizer, stopIds } = this.#parts;
    const ids = this.promptIds(text, begun);
    const stream = createTextStream(tokenizer);
    const splitter = createReasoningSplitter();
    if (begun) splitter.push(spellReply(begun));
    const counts = { tokens: 0, reasoningTokens: 0 };
    const generation = session.generate({ ids, sampling, stopIds, maxTokens, ...(signal ? { signal } : {}) });
    for (;;) {
      const { value, done } = await generation.next();
      if (done) {
        this.#turns++;
        this.#isClosed = value === "stop";
        const rest = splitter.push(stream.flush());
        const held = splitter.flush();
        yield { reasoning: rest.reasoning + held.reasoning, answer: rest.answer + held.answer, ...counts };
        return value;
      }
      const written = { reasoning: "", answer: "" };
      for (const id of value) {
        const { reasoning, answer } = splitter.push(stream.push(id));
        written.reasoning += reasoning;
        written.answer += answer;
        counts.tokens++;
        if (splitter.isReasoning) counts.reasoningTokens++;
      }
      yield { ...written, ...counts };
    }
  }

  /**
   * The ids that a turn with this text, and this beginning of a reply, would read after what the state holds already.
   *
   * @throws EmptyPromptError
   */
  promptIds(text: string, begun?: SplitReply): number[] {
    const { prompt, tokenizer } = this.#parts;
    if (text.trim() === "") throw new EmptyPromptError("There is nothing to answer yet. Write a problem first.");
    const begunIds = begun ? tokenizer.encodePlain(spellReply(begun)) : [];
    if (this.#turns === 0) return [...prompt.openingTurn({ text }), ...begunIds];
    // A reply that ended by itself closes itself: its stop token is the first thing the next turn reads.
    return [...(this.#isClosed ? [] : prompt.closingIds), ...prompt.followingTurn(text), ...begunIds];
  }

  /**
   * Reads turns that were written before, as if they had been written here. They take the place of what was there.
   *
   * @param signal When it aborts, what is unread is read with the next turn.
   * @throws EmptyPromptError, PromptTooLongError. The conversation is empty then.
   */
  async recall(turns: readonly PastTurn[], signal?: AbortSignal): Promise<void> {
    this.reset();
    const ids: number[] = [];
    for (const { text, reply } of turns) {
      ids.push(...this.promptIds(text, reply));
      this.#turns++;
      // Its end is not part of its text; the next turn brings it.
      this.#isClosed = false;
    }
    try {
      await this.#parts.session.read(ids, signal);
    } catch (error) {
      this.reset();
      throw error;
    }
  }

  /** Forgets all turns. */
  reset(): void {
    this.#parts.session.reset();
    this.#turns = 0;
    this.#isClosed = true;
  }
}
