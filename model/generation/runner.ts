import { attempt } from "@gpu/attempt";
import type { Gpu } from "@gpu/device";
import { checked, compile, type Recording, submit } from "@gpu/recording";
import { writeStep } from "@gpu/step";
import type { ModelConfig } from "../config";
import { type Contexts, createContexts, destroyContexts, resizePartials, stackWeights } from "../layers/contexts";
import { createSamplerBuffers, destroySamplerBuffers, type SamplerBuffers, writeSampling } from "../layers/sampler";
import { type CacheFormat, createKvCacheLike, destroyKvCache, type KvCache } from "../state/kv-cache";
import {
  createSequenceState,
  destroySequenceState,
  replaceFullCache,
  resetSequenceState,
  type SequenceState,
} from "../state/sequence-state";
import type { Weights } from "../weights/weights";
import { type Checkpoint, Checkpoints } from "./checkpoints";
import { ReadBack, type Report } from "./read-back";
import { buildRecordings, type Recordings } from "./recordings";
import type { SamplingSettings } from "./sampling";

/**
 * Of a chunk of a prompt: about one layer, 70 MB and 60 GFLOP at the published size and 256 tokens. A small card takes half
 * a second for a whole chunk, and draws nothing else between the ends of a submit.
 */
const DISPATCHES_PER_SUBMIT = 10;

/**
 * A chunk takes the time of 64 tokens, the tile of its products, however few there are: 25 ms on an H200, against 1.7 ms for a
 * whole step of decoding, of which a token of a prompt needs about half.
 */
const FEW = 8;

export interface RunnerOptions {
  /** Most positions that the state may ever hold. */
  readonly contextLength: number;
  /** Most prompt tokens of one run. */
  readonly chunk: number;
  /** Positions of the full cache to begin with. */
  readonly initialCapacity: number;
  /** Of the full cache. */
  readonly fullCache: CacheFormat;
  /** GPU memory for checkpoints; as suits the model unless given. */
  readonly checkpointBytes?: number | undefined;
}

/** The GPU's side of one sequence: its state, and the few things that are ever submitted for it. */
export class Runner {
  readonly chunk: number;
  readonly contextLength: number;
  readonly state: SequenceState;
  readonly buffers: SamplerBuffers;
  readonly checkpoints: Checkpoints;
  readonly #gpu: Gpu;
  readonly #readBack: ReadBack;
  #contexts: Contexts;
  #recordings: Recordings;

  constructor(gpu: Gpu, config: ModelConfig, weights: Weights, options: RunnerOptions) {
    const { contextLength, chunk, initialCapacity, fullCache } = options;
    this.#gpu = gpu;
    this.chunk = chunk;
    this.contextLength = contextLength;
    const capacity = Math.min(contextLength, initialCapacity);
    this.state = createSequenceState(gpu, config, chunk, capacity, fullCache);
    this.checkpoints = new Checkpoints(gpu, this.state, contextLength, options.checkpointBytes);
    this.buffers = createSamplerBuffers(gpu, config);
    this.#contexts = createContexts(gpu, config, weights, chunk, capacity);
    this.#readBack = new ReadBack(gpu, this.#contexts.one.step, this.buffers.emitted);
    this.#recordings = buildRecordings(this.#contexts, this.state, this.buffers);
  }

  get recordings(): Recordings {
    return this.#recordings;
  }

  /**
   * Compiles all that is ever submitted. The weights need not be there.
   *
   * @throws GpuFaultError
   */
  compile(): Promise<void> {
    return compile(this.#gpu, [this.#contexts.preparation, ...Object.values(this.#recordings)].flat());
  }

  /** Takes what gpu.choices says by now; what has changed is to be compiled. */
  rebuild(): void {
    this.#recordings = buildRecordings(this.#contexts, this.state, this.buffers);
  }

  /**
   * To be called when the weights are there, before anything is read or drawn.
   *
   * @throws GpuFaultError
   */
  takeWeights(): Promise<void> {
    return checked(this.#gpu, "preparing the weights", () => stackWeights(this.#contexts));
  }

  /** For the tokens drawn from here on. */
  setSampling(sampling: SamplingSettings, stopIds: readonly number[]): void {
    writeSampling(this.#gpu, this.buffers, { ...sampling, stopIds });
  }

  /** Reads at most `chunk` tokens into the state, the first of them at `position`. There must be room for them. */
  read(ids: readonly number[], position: number): void {
    const { step, activations } = this.#contexts.many;
    this.#gpu.device.queue.writeBuffer(activations.ids.buffer, 0, new Uint32Array(ids));
    writeStep(this.#gpu, step, { position, tokens: ids.length, done: 0, drawn: 0 });
    const { prefill } = this.#recordings;
    for (let first = 0; first < prefill.length; first += DISPATCHES_PER_SUBMIT) {
      submit(this.#gpu, prefill.slice(first, first + DISPATCHES_PER_SUBMIT), ids.length);
    }
  }

  /** The most tokens that `readFew` should read; 0 where a chunk of them is as quick. */
  get few(): number {
    return this.#recordings.prefillOne.length > 0 ? FEW : 0;
  }

  /** As `read`, but one by one. After them no token can be drawn by `drawFirst`. */
  readFew(ids: readonly number[], position: number): void {
    for (const [index, id] of ids.entries()) {
      this.#place(id, position + index, 0);
      submit(this.#gpu, this.#recordings.prefillOne, 1);
    }
  }

  /** Draws a token after the one last read, which stands at `position`; `drawn` tokens of the reply were drawn before. */
  drawFirst(position: number, drawn = 0): Promise<Report> {
    writeStep(this.#gpu, this.#contexts.one.step, { position, tokens: 1, done: 0, drawn });
    return this.#draw(this.#recordings.firstToken, 1);
  }

  /**
   * Reads a token, which stands at `position`, as if it had been drawn, and draws the next: much quicker than a chunk. There
   * must be room for it.
   */
  drawAfter(id: number, position: number, drawn: number): Promise<Report> {
    this.#place(id, position, drawn);
    return this.#draw(this.#recordings.nextToken, 1);
  }

  /** Draws `count` more tokens in one submit. There must be room for them. */
  drawNext(count: number): Promise<Report> {
    return this.#draw(this.#recordings.nextToken, count);
  }

  /** Forgets the sequence. */
  reset(): void {
    resetSequenceState(this.#gpu, this.state);
  }

  /** Waits for all that was submitted. */
  idle(): Promise<undefined> {
    return this.#gpu.device.queue.onSubmittedWorkDone();
  }

  destroy(): void {
    this.#readBack.destroy();
    this.checkpoints.giveUp();
    destroySequenceState(this.state);
    destroySamplerBuffers(this.buffers);
    destroyContexts(this.#contexts);
  }

  /** For a run over one token. */
  #place(id: number, position: number, drawn: number): void {
    const { step, activations } = this.#contexts.one;
    this.#gpu.device.queue.writeBuffer(activations.ids.buffer, 0, Uint32Array.of(id));
    writeStep(this.#gpu, step, { position, tokens: 1, done: 0, drawn });
  }

  #draw(recording: Recording, repeat: number): Promise<Report> {
    const { record, read } = this.#readBack.take();
    submit(this.#gpu, recording, 1, { repeat, after: record });
    return read();
  }

  /**
   * Makes the full cache large enough for these positions, by doubling; to be called before a submit that writes them.
   * Where the device has no memory for it, the checkpoints are given up.
   *
   * @param but a checkpoint that is about to be gone back to, and stays.
   * @throws GpuFaultError when that is not enough; the state is as before.
   */
  async makeRoom(positions: number, but?: Checkpoint): Promise<void> {
    const { capacity } = this.state.full;
    if (positions <= capacity) return;
    const larger = Math.min(this.contextLength, Math.max(positions, 2 * capacity));
    replaceFullCache(this.#gpu, this.state, await this.#allocate(larger, but));
    this.#contexts = resizePartials(this.#contexts, larger);
    this.rebuild();
  }

  async #allocate(capacity: number, but: Checkpoint | undefined): Promise<KvCache> {
    const allocate = () => createKvCacheLike(this.#gpu, this.state.full, capacity);
    const { made, isAccepted } = attempt(this.#gpu, allocate);
    if (await isAccepted) return made;
    destroyKvCache(made);
    this.checkpoints.giveUp(but);
    // What is freed is there when nothing that was submitted can use it any more.
    await this.idle();
    return checked(this.#gpu, `growing the full cache to ${capacity} positions`, allocate, destroyKvCache);
  }
}
