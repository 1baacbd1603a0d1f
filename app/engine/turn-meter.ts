import type { TurnProgress } from "./protocol";

/** What a turn has written so far. */
interface Counts {
  readonly tokens: number;
  readonly reasoningTokens: number;
}

/** Times one turn. */
export class TurnMeter {
  #promptTokens = 0;
  readonly #contextLength: number;
  readonly #now: () => number;
  /** When the first token was there; times count from here, since reading the prompt is another thing than writing. */
  #begunAt: number | undefined;
  #firstTokens = 0;
  #reasonedUntil: number | undefined;
  #reasoningTokens = 0;

  constructor(contextLength: number, now: () => number = () => performance.now()) {
    this.#contextLength = contextLength;
    this.#now = now;
  }

  /** To be called when it is known how many tokens must be read before the first is written. */
  begin(promptTokens: number): void {
    this.#promptTokens = promptTokens;
  }

  /** To be called whenever tokens have come. */
  measure({ tokens, reasoningTokens }: Counts, contextUsed: number): TurnProgress {
    const now = this.#now();
    if (this.#begunAt === undefined && tokens > 0) {
      this.#begunAt = now;
      this.#firstTokens = tokens;
    }
    const begunAt = this.#begunAt ?? now;
    if (reasoningTokens > this.#reasoningTokens) this.#reasonedUntil = now;
    this.#reasoningTokens = reasoningTokens;
    const elapsedMs = now - begunAt;
    return {
      tokens,
      reasoningTokens,
      promptTokens: this.#promptTokens,
      elapsedMs,
      reasoningMs: (this.#reasonedUntil ?? begunAt) - begunAt,
      tokensPerSecond: elapsedMs > 0 ? ((tokens - this.#firstTokens) / elapsedMs) * 1000 : 0,
      contextUsed,
      contextLength: this.#contextLength,
    };
  }
}
