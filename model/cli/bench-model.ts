import type { Gpu } from "@gpu/device";
import { medianMs } from "@gpu/peak";
import { profile, type Timing } from "@gpu/profile";
import { checked } from "@gpu/recording";
import { writeStep } from "@gpu/step";
import type { ModelConfig } from "../config";
import { type Cost, decodeCosts, prefillCost } from "../cost";
import { GREEDY } from "../generation/sampling";
import { openSession } from "../generation/session";
import { type Contexts, createContexts, destroyContexts } from "../layers/contexts";
import { createSamplerBuffers, destroySamplerBuffers, sampler, writeSampling } from "../layers/sampler";
import { decodeStages, prefillStages, type Stage } from "../model";
import { timingWeights } from "../oracle/synthetic-weights";
import { createSequenceState, destroySequenceState } from "../state/sequence-state";
import type { Weights } from "../weights/weights";

export interface BenchResult {
  readonly name: string;
  readonly dispatchesPerToken: number;
  /** Whole tokens through the decode loop, sampling included. */
  readonly decode: readonly DecodeResult[];
  /** Stages of one decode step at the last of the positions asked for. */
  readonly stages: readonly StageResult[];
  readonly prefill: { readonly tokens: number; readonly ms: number; readonly cost: Cost };
}

export interface DecodeResult {
  readonly position: number;
  readonly tokensPerSubmit: number;
  readonly tokensPerSecond: number;
  /** Of one token. */
  readonly cost: Cost;
}

export interface StageResult {
  readonly label: string;
  readonly dispatches: number;
  readonly ms: number;
  readonly cost: Cost;
  /** Time of each kernel in it, where the device has timestamps. */
  readonly kernels: readonly Timing[];
}

/** The sampler's stage is timed with what the published model recommends; on the flat logits of random weights that is its worst case. */
const WORST_SAMPLING = { ...GREEDY, temperature: 0.6, topP: 0.95 };

const PREFILL_TOKENS = 256;
/** A software adapter takes a tenth of a second for a token. */
const decodeTokens = ({ adapter }: Gpu): number => (adapter.isFallback ? 24 : 512);
const PROFILE_RUNS = 5;

/** @param positions contexts at which decoding is timed. */
export async function benchModel(
  gpu: Gpu,
  name: string,
  config: ModelConfig,
  positions: readonly number[],
): Promise<BenchResult> {
  const weights = timingWeights(gpu, config);
  const longest = Math.max(...positions);
  const capacity = longest + PREFILL_TOKENS;
  try {
    const decode: DecodeResult[] = [];
    for (const position of positions) {
      for (const tokensPerSubmit of [1, 8]) {
        const tokensPerSecond = await decodeSpeed(gpu, config, weights, position, tokensPerSubmit);
        decode.push({ position, tokensPerSubmit, tokensPerSecond, cost: total(decodeCosts(config, position)) });
      }
    }
    const contexts = createContexts(gpu, config, weights, PREFILL_TOKENS, capacity);
    const state = createSequenceState(gpu, config, PREFILL_TOKENS, capacity);
    const buffers = createSamplerBuffers(gpu, config);
    writeSampling(gpu, buffers, { ...WORST_SAMPLING, stopIds: [] });
    setSteps(contexts, longest);
    const stages = [
      ...decodeStages(contexts.one, state, buffers.logits),
      { label: "sampler, flat logits", recording: sampler(contexts.one, buffers) },
    ];
    const prefill = prefillStages(contexts.many, state).flatMap(({ recording }) => recording);
    const result = {
      name,
      dispatchesPerToken: stages.reduce((sum, { recording }) => sum + recording.length, 0),
      decode,
      stages: await stageTimes(gpu, stages, decodeCosts(config, longest)),
      prefill: {
        tokens: PREFILL_TOKENS,
        ms: await medianMs(gpu, prefill, PREFILL_TOKENS),
        cost: prefillCost(config, PREFILL_TOKENS),
      },
    };
    destroyContexts(contexts);
    destroySequenceState(state);
    destroySamplerBuffers(buffers);
    return result;
  } finally {
    weights.destroy();
  }
}

function setSteps({ many, one }: Contexts, position: number): void {
  writeStep(one.gpu, one.step, { position, tokens: 1, done: 0, drawn: 0 });
  writeStep(many.gpu, many.step, { position: 0, tokens: PREFILL_TOKENS, done: 0, drawn: 0 });
}

/** Tokens per second of the decode loop as the page runs it, after a prompt of `position` tokens. */
async function decodeSpeed(
  gpu: Gpu,
  config: ModelConfig,
  weights: Weights,
  position: number,
  tokensPerSubmit: number,
): Promise<number> {
  const session = await openSession(gpu, config, weights, { contextLength: position + 1024, tokensPerSubmit });
  try {
    const turn = {
      ids: Array.from({ length: position }, (_, i) => (7 * i * i + 3 * i + 11) % config.vocabSize),
      sampling: GREEDY,
      stopIds: [],
      maxTokens: decodeTokens(gpu) + 2 * tokensPerSubmit,
    };
    let begun: number | undefined;
    let counted = 0;
    let now = 0;
    for await (const ids of session.generate(turn)) {
      now = performance.now();
      // The clock starts once the prompt and the first full submit are through.
      if (begun !== undefined) counted += ids.length;
      else if (ids.length === tokensPerSubmit && session.length > position + 1) begun = now;
    }
    return (counted / (now - (begun ?? now))) * 1000;
  } finally {
    session.destroy();
  }
}

/** Cold weights: whole tokens are profiled, so that each stage finds the caches full of the others' weights. */
async function stageTimes(
  gpu: Gpu,
  stages: readonly Stage[],
  costs: ReadonlyMap<string, Cost>,
): Promise<StageResult[]> {
  const recording = stages.flatMap((stage) => stage.recording);
  const hasTimestamps = gpu.device.features.has("timestamp-query");
  const runs: Timing[][] = [];
  if (hasTimestamps) {
    await checked(gpu, "profiling", async () => {
      for (let run = 0; run <= PROFILE_RUNS; run++) runs.push(await profile(gpu, recording, 1));
    });
    runs.shift(); // compiles
  }
  let first = 0;
  const results: StageResult[] = [];
  for (const { label, recording: own } of stages) {
    const kernels = own.map((dispatch, i) => ({ label: dispatch.label, elapsedMs: median(runs, first + i) }));
    first += own.length;
    const ms = hasTimestamps ? kernels.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0) : await medianMs(gpu, own);
    const cost = costs.get(label) ?? { bytes: 0, operations: 0 };
    results.push({ label, dispatches: own.length, ms, cost, kernels: hasTimestamps ? kernels : [] });
  }
  return results;
}

function median(runs: readonly (readonly Timing[])[], index: number): number {
  const times = runs.map((run) => run[index]?.elapsedMs ?? Number.NaN).sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)] ?? Number.NaN;
}

function total(costs: ReadonlyMap<string, Cost>): Cost {
  const all = [...costs.values()];
  return {
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    operations: all.reduce((sum, { operations }) => sum + operations, 0),
  };
}
