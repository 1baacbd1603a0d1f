import type { Gpu } from "@gpu/device";
import { checked } from "@gpu/recording";
import type { ModelConfig } from "../config";
import { tuneMatvecs } from "../layers/tune-matvecs";
import type { CacheFormat } from "../state/kv-cache";
import type { Weights } from "../weights/weights";
import { Pace } from "./pace";
import type { Report } from "./read-back";
import { Runner } from "./runner";
import { assertSampling, type SamplingSettings } from "./sampling";

/** The prompt does not fit into what is left of the context. The message says both numbers. */
export class PromptTooLongError extends Error {
  override readonly name = "PromptTooLongError";
}

export interface SessionOptions {
  /** Most tokens that the state may hold. */
  readonly contextLength: number;
  /** Prompt tokens read by one run. */
  readonly chunk?: number;
  /** Positions of the full cache to begin with; it doubles when they are used up. */
  readonly initialCapacity?: number;
  /** "int8" halves what attention reads of a long context, and rounds it; state/README.md says how far. f16 unless given. */
  readonly fullCache?: CacheFormat;
  /** Always this many tokens per submit, for measurements; otherwise as many as suit the device. */
  readonly tokensPerSubmit?: number;
  /** Tokens that count as read before the first turn, for measurements: what they were makes no difference to speed. */
  readonly startAt?: number;
  /** Ends the opening before anything is allocated: the tuning takes a while. */
  readonly signal?: AbortSignal | undefined;
  /** Resolves when the weights are there; left out when they are. Kernels are compiled meanwhile. */
  readonly loaded?: Promise<unknown> | undefined;
}

export interface Turn {
  /** Tokens to read after what the state holds. At least one. */
  readonly ids: readonly number[];
  readonly sampling: SamplingSettings;
  /** Tokens that end the reply. At most 8. */
  readonly stopIds: readonly number[];
  readonly maxTokens: number;
  readonly signal?: AbortSignal;
}

/** Why a reply ended: the model's own stop token, `maxTokens`, the context's end, or the signal. */
export type EndReason = "stop" | "length" | "context" | "aborted";

const DEFAULT_CHUNK = 256;
const DEFAULT_CAPACITY = 2048;
/** One submit running and one waiting keep the GPU busy; more would only make Stop later. */
const SUBMITS_IN_FLIGHT = 2;

/**
 * Tunes the kernels to the device, unless that was done before, allocates the state of one sequence and compiles what
 * runs on it.
 *
 * @throws GpuFaultError when WebGPU refuses a kernel or an allocation; whatever `loaded` throws; AbortError.
 */
export async function openSession(
  gpu: Gpu,
  config: ModelConfig,
  weights: Weights,
  options: SessionOptions,
): Promise<Session> {
  const { contextLength, chunk = DEFAULT_CHUNK, initialCapacity = DEFAULT_CAPACITY, loaded, signal } = options;
  await tuneMatvecs({ gpu, now: () => performance.now() }, config, weights, { loaded, signal });
  signal?.throwIfAborted();
  const fullCache = options.fullCache ?? "f16";
  const runner = await checked(
    gpu,
    "opening a session",
    () => new Runner(gpu, config, weights, { contextLength, chunk, initialCapacity, fullCache }),
    (refused) => refused.destroy(),
  );
  try {
    await Promise.all([runner.compile(), loaded]);
    runner.takeWeights();
    return new Session(runner, options);
  } catch (error) {
    runner.destroy();
    throw error;
  }
}

/** One sequence of tokens: reads prompts into its state and writes replies, turn after turn. */
export class Session {
  readonly runner: Runner;
  readonly #tokensPerSubmit: number | undefined;
  /** Tokens that the state has consumed. */
  #position = 0;
  /** Tokens of the sequence after those: the last one drawn, or what was left of a prompt. */
  #pending: readonly number[] = [];

  constructor(
    runner: Runner,
    { tokensPerSubmit, startAt = 0 }: Pick<SessionOptions, "tokensPerSubmit" | "startAt"> = {},
  ) {
    this.runner = runner;
    this.#tokensPerSubmit = tokensPerSubmit;
    this.#position = startAt;
  }

  get contextLength(): number {
    return this.runner.contextLength;
  }

  /** Tokens of the sequence, those included that the state will only consume with the next turn. */
  get length(): number {
    return this.#position + this.#pending.length;
  }

  /** Forgets the sequence. */
  reset(): void {
    this.runner.reset();
    this.#position = 0;
    this.#pending = [];
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
    if (this.length + ids.length < this.contextLength) return;
    const free = Math.max(0, this.contextLength - this.length);
    throw new PromptTooLongError(
      `This text is ${ids.length} tokens long, but only ${free} of the context's ${this.contextLength} are free.`,
    );
  }

  /**
   * Reads ids into the state without writing a reply; a turn goes on from there.
   *
   * @returns false when aborted: unread ids are read by the next turn.
   * @throws PromptTooLongError when the ids and one token of reply do not fit. The sequence is as before.
   */
  async read(ids: readonly number[], signal?: AbortSignal): Promise<boolean> {
    this.#assertFits(ids);
    this.#pending = [...this.#pending, ...ids];
    const { chunk } = this.runner;
    while (this.#pending.length > 0) {
      if (signal?.aborted) return false;
      const ids = this.#pending.slice(0, chunk);
      this.runner.read(ids, this.#position);
      this.#position += ids.length;
      this.#pending = this.#pending.slice(chunk);
      // Waiting for each chunk but the last keeps Stop prompt, and costs little beside a chunk's work.
      if (this.#pending.length > 0) await this.runner.idle();
    }
    return true;
  }

  async *#write({ maxTokens, signal }: Turn): AsyncGenerator<number[], EndReason> {
    const budget = Math.min(maxTokens, this.contextLength - this.#position);
    const pace = new Pace(this.#tokensPerSubmit);
    let taken = 0;
    for await (const { done, drawn, emitted } of this.#draw(budget, pace, signal)) {
      const from = taken;
      const ids = Array.from({ length: drawn - from }, (_, i) => emitted[(from + i) % emitted.length] ?? 0);
      taken = drawn;
      pace.observe(ids.length);
      if (ids.length > 0) yield ids;
      if (done) return "stop";
    }
    if (taken < budget) return "aborted";
    return budget === maxTokens ? "length" : "context";
  }

  /** Keeps submits in flight until `budget` tokens are drawn or the signal says stop; hands out their reports. */
  async *#draw(budget: number, pace: Pace, signal: AbortSignal | undefined): AsyncGenerator<Report, void> {
    const begin = this.#position;
    const inFlight = [this.runner.drawFirst(begin - 1)];
    let scheduled = 1;
    try {
      for (let report = inFlight.shift(); report; report = inFlight.shift()) {
        while (!signal?.aborted && inFlight.length + 1 < SUBMITS_IN_FLIGHT && scheduled < budget) {
          const count = Math.min(pace.tokensPerSubmit, budget - scheduled);
          scheduled += count;
          inFlight.push(this.runner.drawNext(count, begin + scheduled - 1));
        }
        yield this.#settle(await report);
      }
    } finally {
      // Submits still running change nothing after a stop token; if the caller left early they are part of the sequence.
      for (const report of await Promise.allSettled(inFlight)) {
        if (report.status === "fulfilled") this.#settle(report.value);
      }
    }
  }

  /** The state is where the GPU says; the last token drawn waits to be consumed. */
  #settle(report: Report): Report {
    const { position, drawn, emitted } = report;
    this.#position = position;
    this.#pending = [emitted[(drawn - 1) % emitted.length] ?? 0];
    return report;
  }

  destroy(): void {
    this.runner.destroy();
  }
}
