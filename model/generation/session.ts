import { assertFits } from "./assert-fits";
import { commonLength } from "./common-length";
import { Pace } from "./pace";
import type { Report } from "./read-back";
import type { Runner } from "./runner";
import { assertSampling, type SamplingSettings } from "./sampling";

/** For measurements. */
export interface MeasuringOptions {
  /** Always this many tokens per submit; otherwise as many as suit the device. */
  readonly tokensPerSubmit?: number;
  /** Tokens that count as read before the first turn: what they were makes no difference to speed. */
  readonly startAt?: number;
}

export interface Turn {
  /** Tokens to read after what the state holds. At least one. */
  readonly ids: readonly number[];
  readonly sampling: SamplingSettings;
  /** Tokens that end the reply. At most 8. */
  readonly stopIds: readonly number[];
  readonly maxTokens: number;
  readonly signal?: AbortSignal;
  /** Tokens of the reply that were drawn before, so that the draws go on and do not begin anew. */
  readonly drawn?: number;
}

/** Why a reply ended: the model's own stop token, `maxTokens`, the context's end, or the signal. */
export type EndReason = "stop" | "length" | "context" | "aborted";

/** One submit running and one waiting keep the GPU busy; more would only make Stop later. */
const SUBMITS_IN_FLIGHT = 2;

/** One sequence of tokens: reads prompts into its state and writes replies, turn after turn. */
export class Session {
  readonly runner: Runner;
  readonly #tokensPerSubmit: number | undefined;
  /** Tokens that count as read before the sequence. */
  #base: number;
  /** The sequence. The last token drawn, or the rest of a prompt, may not have been consumed yet. */
  #ids: number[] = [];
  /** How many of them the state has consumed. */
  #consumed = 0;

  constructor(runner: Runner, { tokensPerSubmit, startAt = 0 }: MeasuringOptions = {}) {
    this.runner = runner;
    this.#tokensPerSubmit = tokensPerSubmit;
    this.#base = startAt;
  }

  get contextLength(): number {
    return this.runner.contextLength;
  }

  /** Tokens of the sequence, those included that the state will only consume with the next turn. */
  get length(): number {
    return this.#base + this.#ids.length;
  }

  /** Forgets the sequence. */
  reset(): void {
    this.runner.reset();
    this.#base = this.#consumed = 0;
    this.#ids = [];
  }

  /**
   * Makes the sequence the longest beginning of `ids` that needs no reading. A turn goes on from there.
   *
   * @returns how many of the ids that are.
   */
  resume(ids: readonly number[]): number {
    if (commonLength(this.#ids, ids) < this.#consumed) this.reset();
    this.#ids.length = this.#consumed;
    return this.#consumed;
  }

  /**
   * Reads a turn's tokens and writes a reply, handing out ids as they come. Nothing of earlier turns is read again. A
   * turn that is aborted leaves the sequence at what was handed out; unread prompt tokens are read by the next turn.
   *
   * @throws SamplingError; PromptTooLongError when the ids and one token of reply do not fit. The sequence is as before.
   */
  async *generate(turn: Turn): AsyncGenerator<number[], EndReason> {
    assertSampling(turn.sampling);
    this.#assertFits(turn.ids);
    this.runner.setSampling(turn.sampling, turn.stopIds);
    if (!(await this.read(turn.ids, turn.signal))) return "aborted";
    return yield* this.#write(turn);
  }

  #assertFits(ids: readonly number[]): void {
    assertFits(this.length, ids.length, this.contextLength);
  }

  /**
   * Reads ids into the state without writing a reply; a turn goes on from there.
   *
   * @returns false when aborted: unread ids are read by the next turn.
   * @throws PromptTooLongError when the ids and one token of reply do not fit. The sequence is as before.
   */
  async read(ids: readonly number[], signal?: AbortSignal): Promise<boolean> {
    this.#assertFits(ids);
    this.#ids = this.#ids.concat(ids);
    const { chunk } = this.runner;
    while (this.#consumed < this.#ids.length) {
      if (signal?.aborted) return false;
      const next = this.#ids.slice(this.#consumed, this.#consumed + chunk);
      this.runner.read(next, this.#base + this.#consumed);
      this.#consumed += next.length;
      // Waiting for each chunk but the last keeps Stop prompt, and costs little beside a chunk's work.
      if (this.#consumed < this.#ids.length) await this.runner.idle();
    }
    return true;
  }

  async *#write({ maxTokens, signal, drawn = 0 }: Turn): AsyncGenerator<number[], EndReason> {
    const budget = Math.min(maxTokens, this.contextLength - this.length);
    const pace = new Pace(this.#tokensPerSubmit);
    let taken = 0;
    for await (const { done, ids } of this.#draw(budget, drawn, pace, signal)) {
      taken += ids.length;
      pace.observe(ids.length);
      if (ids.length > 0) yield ids;
      if (done) return "stop";
    }
    if (taken < budget) return "aborted";
    return budget === maxTokens ? "length" : "context";
  }

  /** Keeps submits in flight until `budget` tokens are drawn or the signal says stop; hands out what they drew. */
  async *#draw(budget: number, before: number, pace: Pace, signal?: AbortSignal): AsyncGenerator<Draw, void> {
    const begin = this.#base + this.#consumed;
    const inFlight = [this.runner.drawFirst(begin - 1, before)];
    let scheduled = 1;
    let drawn = before;
    const settle = (report: Report): Draw => {
      const draw = this.#settle(report, drawn);
      drawn = report.drawn;
      return draw;
    };
    try {
      for (let report = inFlight.shift(); report; report = inFlight.shift()) {
        while (!signal?.aborted && inFlight.length + 1 < SUBMITS_IN_FLIGHT && scheduled < budget) {
          const count = Math.min(pace.tokensPerSubmit, budget - scheduled);
          scheduled += count;
          inFlight.push(this.runner.drawNext(count, begin + scheduled - 1));
        }
        yield settle(await report);
      }
    } finally {
      // Submits still running change nothing after a stop token; if the caller left early they are part of the sequence.
      for (const report of await Promise.allSettled(inFlight)) {
        if (report.status === "fulfilled") settle(report.value);
      }
    }
  }

  /** The state is where the GPU says; what was drawn since the last report joins the sequence. */
  #settle({ position, done, drawn, emitted }: Report, before: number): Draw {
    const ids = Array.from({ length: drawn - before }, (_, i) => emitted[(before + i) % emitted.length] ?? 0);
    this.#ids.push(...ids);
    this.#consumed = position - this.#base;
    return { done, ids };
  }

  destroy(): void {
    this.runner.destroy();
  }
}

/** What one submit drew, and whether the model has ended its turn. */
interface Draw {
  readonly done: boolean;
  readonly ids: number[];
}
