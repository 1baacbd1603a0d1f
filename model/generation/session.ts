import type { Gpu } from "@gpu/device";
import { checked, submit } from "@gpu/recording";
import { createStep, writeStep } from "@gpu/step";
import type { Tensor } from "@gpu/tensor";
import type { ModelConfig } from "../config";
import { createActivations, destroyActivations } from "../layers/activations";
import { stackLambdas } from "../layers/lambdas";
import type { LayerContext } from "../layers/layer-context";
import { createSamplerBuffers, destroySamplerBuffers, type SamplerBuffers, writeSampling } from "../layers/sampler";
import { createSequenceState, destroySequenceState, growFullCache, resetSequenceState, type SequenceState } from "../state/sequence-state";
import type { Weights } from "../weights/weights";
import { Pace } from "./pace";
import { ReadBack, type Report } from "./read-back";
import { buildRecordings, type Recordings } from "./recordings";
import type { SamplingSettings } from "./sampling";

/** The prompt does not fit into what is left of the context. The message says both numbers. */
export class PromptTooLongError extends Error {
  override readonly name = "PromptTooLongError";
}

export interface SessionOptions {
  /** Most tokens that the state may hold. */
  readonly contextLength: number;
  /** Prompt tokens read by one run. */
  readonly chunk?: number;
  /** Always this many tokens per submit, for measurements; otherwise as many as suit the device. */
  readonly tokensPerSubmit?: number;
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
const FIRST_CAPACITY = 2048;
/** One submit running and one waiting keep the GPU busy; more would only make Stop later. */
const SUBMITS_IN_FLIGHT = 2;

/** One sequence of tokens on the GPU: reads prompts into its state and writes replies, turn after turn. */
export class Session {
  readonly contextLength: number;
  readonly #gpu: Gpu;
  readonly #chunk: number;
  readonly #tokensPerSubmit: number | undefined;
  readonly #state: SequenceState;
  readonly #many: Omit<LayerContext, "partials">;
  readonly #one: Omit<LayerContext, "partials">;
  readonly #buffers: SamplerBuffers;
  readonly #readBack: ReadBack;
  #recordings: Recordings;
  #position = 0;
  #pending: readonly number[] = [];

  /** Use openSession, which reports what WebGPU has against it. */
  constructor(gpu: Gpu, config: ModelConfig, weights: Weights, options: SessionOptions) {
    const { contextLength, chunk = DEFAULT_CHUNK, tokensPerSubmit } = options;
    this.contextLength = contextLength;
    this.#gpu = gpu;
    this.#chunk = chunk;
    this.#tokensPerSubmit = tokensPerSubmit;
    this.#state = createSequenceState(gpu, config, chunk, Math.min(contextLength, FIRST_CAPACITY));
    const shared = { gpu, config, weights, lambdas: stackLambdas(gpu, config, weights) };
    const activations = (label: string, tokens: number) => createActivations(gpu, label, config, tokens);
    this.#many = { ...shared, step: createStep(gpu, "prefill step"), activations: activations("prefill", chunk) };
    this.#one = { ...shared, step: createStep(gpu, "decode step"), activations: activations("decode", 1) };
    this.#buffers = createSamplerBuffers(gpu, config, this.#one);
    this.#readBack = new ReadBack(gpu, this.#one.step, this.#buffers.emitted);
    this.#recordings = buildRecordings(this.#many, this.#one, this.#state, this.#buffers);
  }

  /** Tokens of the sequence, those included that the state will only consume with the next turn. */
  get length(): number {
    return this.#position + this.#pending.length;
  }

  /** The logits (1, vocabSize) that the last token was drawn from, for tests. */
  get logits(): Tensor {
    return this.#buffers.logits;
  }

  get state(): SequenceState {
    return this.#state;
  }

  /** Dispatches that one token of a reply takes. */
  get dispatchesPerToken(): number {
    return this.#recordings.nextToken.length;
  }

  /** Forgets the sequence. */
  reset(): void {
    resetSequenceState(this.#gpu, this.#state);
    this.#position = 0;
    this.#pending = [];
  }

  /**
   * Reads a turn's tokens and writes a reply, handing out ids as they come. Nothing of earlier turns is read again. A
   * turn that is aborted leaves the sequence at what was handed out; unread prompt tokens are read by the next turn.
   *
   * @throws PromptTooLongError when the ids and one token of reply do not fit; the sequence is as before.
   */
  async *generate(turn: Turn): AsyncGenerator<number[], EndReason> {
    const ids = [...this.#pending, ...turn.ids];
    const room = this.contextLength - this.#position;
    if (ids.length >= room) {
      throw new PromptTooLongError(
        `The prompt has ${ids.length} tokens, but only ${Math.max(0, room - 1)} of the context's ${this.contextLength} are free.`,
      );
    }
    writeSampling(this.#gpu, this.#buffers, turn.sampling, turn.stopIds);
    this.#pending = ids;
    if (!(await this.#readUntilLastChunk(turn.signal))) return "aborted";
    return yield* this.#write(turn);
  }

  /** @returns false when aborted. */
  async #readUntilLastChunk(signal: AbortSignal | undefined): Promise<boolean> {
    while (this.#pending.length > this.#chunk) {
      this.#submitChunk(this.#pending.slice(0, this.#chunk));
      this.#pending = this.#pending.slice(this.#chunk);
      // Waiting for each chunk keeps Stop prompt and costs little beside 256 tokens' work.
      await this.#gpu.device.queue.onSubmittedWorkDone();
      if (signal?.aborted) return false;
    }
    return !signal?.aborted;
  }

  #submitChunk(ids: readonly number[]): void {
    const { gpu, step, activations } = this.#many;
    this.#makeRoom(this.#position + ids.length);
    gpu.device.queue.writeBuffer(activations.ids.buffer, 0, new Uint32Array(ids));
    writeStep(gpu, step, { position: this.#position, tokens: ids.length, done: 0, drawn: 0 });
    submit(gpu, this.#recordings.prefill, ids.length);
    this.#position += ids.length;
  }

  async *#write({ maxTokens, signal }: Turn): AsyncGenerator<number[], EndReason> {
    this.#submitChunk(this.#pending);
    this.#pending = [];
    const begin = this.#position;
    const budget = Math.min(maxTokens, this.contextLength - begin);
    writeStep(this.#gpu, this.#one.step, { position: begin - 1, tokens: 1, done: 0, drawn: 0 });

    const pace = new Pace(this.#tokensPerSubmit);
    const inFlight = [this.#submitTokens(this.#recordings.firstToken, 1)];
    let scheduled = 1;
    let taken = 0;
    let reason: EndReason = budget === maxTokens ? "length" : "context";
    let reportedAt = performance.now();
    try {
      for (let report = inFlight.shift(); report; report = inFlight.shift()) {
        while (reason !== "aborted" && inFlight.length + 1 < SUBMITS_IN_FLIGHT && scheduled < budget) {
          const count = Math.min(pace.tokensPerSubmit, budget - scheduled);
          this.#makeRoom(begin + scheduled - 1 + count);
          inFlight.push(this.#submitTokens(this.#recordings.nextToken, count));
          scheduled += count;
        }
        const { done, drawn, emitted } = this.#settle(await report);
        const ids = Array.from({ length: drawn - taken }, (_, i) => emitted[(taken + i) % emitted.length] ?? 0);
        pace.observe(ids.length, performance.now() - reportedAt);
        reportedAt = performance.now();
        taken = drawn;
        if (ids.length > 0) yield ids;
        if (done) return "stop";
        if (signal?.aborted) reason = "aborted";
      }
      return reason;
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

  #submitTokens(recording: Recordings["nextToken"], repeat: number): Promise<Report> {
    let read = (): Promise<Report> => Promise.reject(new Error("nothing was submitted"));
    submit(this.#gpu, recording, 1, {
      repeat,
      after: (encoder) => {
        read = this.#readBack.record(encoder).read;
      },
    });
    return read();
  }

  /** Grows the full cache by doubling, before a submit that would write past its end. */
  #makeRoom(positions: number): void {
    const { capacity } = this.#state.full;
    if (positions <= capacity) return;
    growFullCache(this.#gpu, this.#state, Math.min(this.contextLength, Math.max(positions, 2 * capacity)));
    this.#recordings.destroy();
    this.#recordings = buildRecordings(this.#many, this.#one, this.#state, this.#buffers);
  }

  destroy(): void {
    this.#recordings.destroy();
    this.#readBack.destroy();
    destroySequenceState(this.#state);
    destroySamplerBuffers(this.#buffers);
    for (const { activations, step } of [this.#many, this.#one]) {
      destroyActivations(activations);
      step.buffer.destroy();
    }
    for (const { buffer } of this.#one.lambdas.values()) buffer.destroy();
  }
}

/** @throws GpuFaultError when WebGPU refuses a kernel or an allocation. */
export function openSession(gpu: Gpu, config: ModelConfig, weights: Weights, options: SessionOptions): Promise<Session> {
  return checked(gpu, "opening a session", () => new Session(gpu, config, weights, options));
}
