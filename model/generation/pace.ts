/** Long enough to hide a submit's cost, short enough that the screen and Stop stay responsive. */
const SUBMIT_MS = 20;
const MOST_TOKENS = 8;

/** How many tokens go into one submit: as many as take about 20 ms on this device, at most 8. */
export class Pace {
  readonly #fixed: number | undefined;
  #tokens = 1;

  /** @param fixed always this many, for measurements. */
  constructor(fixed?: number) {
    this.#fixed = fixed;
  }

  get tokensPerSubmit(): number {
    return this.#fixed ?? this.#tokens;
  }

  /** @param elapsedMs between the reports of two submits, the second of which drew `tokens`. */
  observe(tokens: number, elapsedMs: number): void {
    if (tokens < 1) return;
    const fitting = Math.floor((SUBMIT_MS * tokens) / Math.max(elapsedMs, 0.01));
    // At most doubled at a time: one quick report says little.
    this.#tokens = Math.max(1, Math.min(fitting, this.#tokens * 2, MOST_TOKENS));
  }
}
