/** Long enough to hide a submit's cost, short enough that the screen and Stop stay responsive. */
const SUBMIT_MS = 20;
const MOST_TOKENS = 8;

/** How many tokens go into one submit: as many as take about 20 ms on this device, at most 8. */
export class Pace {
  readonly #fixed: number | undefined;
  readonly #now: () => number;
  #tokens = 1;
  #observedAt: number | undefined;

  /** @param fixed always this many, for measurements. */
  constructor(fixed?: number, now: () => number = () => performance.now()) {
    this.#fixed = fixed;
    this.#now = now;
  }

  get tokensPerSubmit(): number {
    return this.#fixed ?? this.#tokens;
  }

  /** To be called whenever a submit's tokens have come back. The first one only starts the clock: it had a prompt to read. */
  observe(tokens: number): void {
    const now = this.#now();
    const elapsedMs = now - (this.#observedAt ?? now);
    const isFirst = this.#observedAt === undefined;
    this.#observedAt = now;
    if (isFirst || tokens < 1) return;
    const fitting = Math.floor((SUBMIT_MS * tokens) / Math.max(elapsedMs, 0.01));
    // At most doubled at a time: one quick report says little.
    this.#tokens = Math.max(1, Math.min(fitting, this.#tokens * 2, MOST_TOKENS));
  }
}
