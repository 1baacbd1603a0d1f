import { assertFits } from "./assert-fits";
import type { Checkpoint } from "./checkpoints";
import { commonLength } from "./common-length";
import { type Draw, drawTokens } from "./draw-tokens";
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
  /** Tokens to read after the sequence; none only where something of it is unread. */
  readonly ids: readonly number[];
  readonly sampling: SamplingSettings;
  /** Tokens that end the reply. At most 8. */
  readonly stopIds: readonly number[];
  readonly maxTokens: number;
  readonly signal?: AbortSignal;
  /** Tokens of the reply that were drawn before, so that the draws go on and do not begin anew. */
  readonly drawn?: number;
}

/** How much of a sequence needed no reading, and what held it: the state as it stood, or a checkpoint. */
export interface Resumed {
  readonly tokens: number;
  readonly from: "live" | "memory" | "storage" | "nothing";
}

/** Why a reply ended: the model's own stop token, `maxTokens`, the context's end, or the signal. */
export type EndReason = "stop" | "length" | "context" | "aborted";

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

  /** Keeps the state as it is now, to go back to. @param spacing see Checkpoints.mark */
  mark(spacing?: number): void {
    // What was read at the base is not known, so nobody can come back to it.
    if (this.#base === 0) this.runner.checkpoints.mark(this.live, spacing);
  }

  /** With how many of these ids the sequence could begin without reading. */
  async known(ids: readonly number[]): Promise<number> {
    const { isLive, checkpoint } = await this.#find(ids);
    return checkpoint?.ids.length ?? (isLive ? this.#consumed : 0);
  }

  /** Makes the sequence the longest beginning of `ids` that needs no reading. A turn goes on from there. */
  async resume(ids: readonly number[]): Promise<Resumed> {
    const { isLive, checkpoint } = await this.#find(ids);
    if (checkpoint) {
      await this.runner.makeRoom(checkpoint.ids.length, checkpoint);
      await this.runner.checkpoints.goBack(checkpoint, this.live);
      this.#base = 0;
      this.#ids = [...checkpoint.ids];
      this.#consumed = checkpoint.ids.length;
      return { tokens: this.#consumed, from: checkpoint.from };
    }
    if (!isLive) {
      await this.runner.checkpoints.leave(this.live, 0);
      this.reset();
    }
    this.#ids.length = this.#consumed;
    return { tokens: this.#consumed, from: this.#consumed > 0 ? "live" : "nothing" };
  }

  /** Whether the state as it stands has read a beginning of these ids, and the checkpoint that has read more of them. */
  async #find(ids: readonly number[]): Promise<{ isLive: boolean; checkpoint: Checkpoint | undefined }> {
    const isLive = commonLength(this.#read, ids) === this.#consumed;
    const checkpoint = await this.runner.checkpoints.find(ids, this.live);
    const isBetter = checkpoint && checkpoint.ids.length > (isLive ? this.#consumed : 0);
    return { isLive, checkpoint: isBetter ? checkpoint : undefined };
  }

  /** What the state has read and the full cache holds, from its first row on: after a base, nothing that is known. */
  get live(): readonly number[] {
    return this.#base === 0 ? this.#read : [];
  }

  get #read(): readonly number[] {
    return this.#ids.slice(0, this.#consumed);
  }

  /**
   * Reads a turn's tokens and writes a reply, handing out ids as they come. Nothing of earlier turns is read again. A
   * turn that is aborted leaves the sequence at what was handed out; unread prompt tokens are read by the next turn.
   *
   * @throws SamplingError; PromptTooLongError when the ids and one token of reply do not fit. The sequence is as before.
   */
  async *generate(turn: Turn): AsyncGenerator<number[], EndReason> {
    assertSampling(turn.sampling);
    this.append(turn.ids);
    this.runner.setSampling(turn.sampling, turn.stopIds);
    // The last of a few tokens is read as one that was drawn.
    const isFew = this.#ids.length - this.#consumed <= this.runner.few + 1;
    if (!(await this.#readUpTo(this.#ids.length - (isFew ? 1 : 0), turn.signal))) return "aborted";
    return turn.signal?.aborted ? "aborted" : yield* this.#write(turn);
  }

  /**
   * The sequence goes on with these ids. The next turn reads them.
   *
   * @throws PromptTooLongError when they and one token of reply do not fit. The sequence is as before.
   */
  append(ids: readonly number[]): void {
    assertFits(this.length, ids.length, this.contextLength);
    this.#ids = this.#ids.concat(ids);
  }

  /**
   * Reads ids into the state without writing a reply; a turn goes on from there.
   *
   * @returns false when aborted: unread ids are read by the next turn.
   * @throws PromptTooLongError when the ids and one token of reply do not fit. The sequence is as before.
   */
  async read(ids: readonly number[], signal?: AbortSignal): Promise<boolean> {
    this.append(ids);
    return this.#readUpTo(this.#ids.length, signal);
  }

  async #readUpTo(count: number, signal?: AbortSignal): Promise<boolean> {
    const { chunk, few } = this.runner;
    const isFew = count - this.#consumed <= few;
    while (this.#consumed < count) {
      if (signal?.aborted) return false;
      const next = this.#ids.slice(this.#consumed, Math.min(count, this.#consumed + chunk));
      const position = this.#base + this.#consumed;
      await this.runner.makeRoom(position + next.length);
      if (isFew) this.runner.readFew(next, position);
      else this.runner.read(next, position);
      this.#consumed += next.length;
      // Waiting for each chunk but the last keeps Stop prompt, and costs little beside a chunk's work.
      if (this.#consumed < count) await this.runner.idle();
    }
    return true;
  }

  async *#write({ maxTokens, signal, drawn = 0 }: Turn): AsyncGenerator<number[], EndReason> {
    const budget = Math.min(maxTokens, this.contextLength - this.length);
    const pace = new Pace(this.#tokensPerSubmit);
    let taken = 0;
    const begin = this.length;
    const [unread] = this.#ids.slice(this.#consumed);
    await this.runner.makeRoom(begin);
    const first =
      unread === undefined ? this.runner.drawFirst(begin - 1, drawn) : this.runner.drawAfter(unread, begin - 1, drawn);
    const draws = { first, begin, budget, drawn, pace, signal };
    for await (const { done, ids } of drawTokens(this.runner, draws, (...report) => this.#settle(...report))) {
      taken += ids.length;
      pace.observe(ids.length);
      if (ids.length > 0) yield ids;
      if (done) return "stop";
    }
    if (taken < budget) return "aborted";
    return budget === maxTokens ? "length" : "context";
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
