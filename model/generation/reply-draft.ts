import { createReplyText, joined, type ReplyText } from "../chat/reply-text";
import type { Tokenizer } from "../chat/tokenizer";
import type { EndReason } from "./session";

export interface WriteLimits {
  readonly maxTokens: number;
  /** Most tokens of reasoning; then it is closed, and the answer follows. No limit unless given. */
  readonly thinkingBudget?: number | null;
  /** When it aborts, the reasoning is closed, and the answer follows. Without reasoning nothing happens. */
  readonly answerNow?: AbortSignal;
}

/** What became certain with the tokens of one report. Texts may be empty while a character or a tag is incomplete. */
export interface Written {
  readonly reasoning: string;
  readonly answer: string;
  /** Whether the reply is within its reasoning. */
  readonly isReasoning: boolean;
  /** Tokens written in this turn, its end included, and how many of them were drawn as reasoning. */
  readonly tokens: number;
  readonly reasoningTokens: number;
}

/** A reply while it is written: its ids, its text, and what is still allowed of it. */
export class ReplyDraft {
  /** From the reply's beginning. */
  readonly ids: number[];
  readonly #text: ReplyText;
  readonly #maxTokens: number;
  readonly #thinkingBudget: number;
  readonly #answerNow: AbortSignal | undefined;
  #tokens = 0;
  #reasoningTokens = 0;

  /** @param ids of what was written before. What is written is added to them. */
  constructor(tokenizer: Tokenizer, ids: number[], { maxTokens, thinkingBudget, answerNow }: WriteLimits) {
    this.ids = ids;
    this.#maxTokens = maxTokens;
    this.#thinkingBudget = thinkingBudget ?? Number.POSITIVE_INFINITY;
    this.#answerNow = answerNow;
    this.#text = createReplyText(tokenizer);
    for (const id of ids) this.#text.push(id);
  }

  /** The reply goes on with these. */
  take(ids: readonly number[], { areDrawn = true } = {}): Written {
    let piece = { reasoning: "", answer: "" };
    for (const id of ids) {
      this.ids.push(id);
      piece = joined(piece, this.#text.push(id));
      this.#tokens++;
      if (areDrawn && this.#text.isReasoning) this.#reasoningTokens++;
    }
    return this.#written(piece);
  }

  /** The rest of a reply that has ended by itself. */
  end(): Written {
    return this.#written(this.#text.end());
  }

  /** Whether nothing but a limit of our own has ended the draws. */
  isOpenAfter(end: EndReason): boolean {
    return end === "aborted" || (end === "length" && !this.isFull);
  }

  get isFull(): boolean {
    return this.#tokens >= this.#maxTokens;
  }

  /** Most tokens to be drawn until something must be decided anew. */
  get mostDraws(): number {
    const thoughts = this.#text.isAnswer ? Number.POSITIVE_INFINITY : this.#thinkingBudget - this.#reasoningTokens;
    return Math.min(this.#maxTokens - this.#tokens, Math.max(1, thoughts));
  }

  get mustClose(): boolean {
    if (!this.#text.isReasoning) return false;
    return this.#answerNow?.aborted === true || this.#reasoningTokens >= this.#thinkingBudget;
  }

  /** What closes the reasoning. */
  get closing(): string {
    return this.#text.closing;
  }

  #written(piece: { reasoning: string; answer: string }): Written {
    const { isReasoning } = this.#text;
    return { ...piece, isReasoning, tokens: this.#tokens, reasoningTokens: this.#reasoningTokens };
  }
}
