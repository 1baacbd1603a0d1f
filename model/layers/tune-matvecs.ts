import type { Gpu } from "@gpu/device";
import { createFixed, createNormed } from "@gpu/fixed-point";
import { codeBytes } from "@gpu/int4";
import {
  candidateShapes,
  canMultiplyFixed,
  type FixedMatvecShape,
  type Needs,
} from "@gpu/kernels/int4-fixed-matvec/fixed-matvec-shape";
import { int4FixedMatvec } from "@gpu/kernels/int4-fixed-matvec/int4-fixed-matvec";
import type { Matrix } from "@gpu/matrix";
import { type Meter, passesMs } from "@gpu/measure";
import { checked, compile, type Recording } from "@gpu/recording";
import { createTensor } from "@gpu/tensor";
import type { ModelConfig } from "../config";
import type { Weights } from "../weights/weights";
import { type MatvecGroup, matvecGroups } from "./matvec-groups";
import { pickFastest, type Sample } from "./pick-fastest";

export interface TuneOptions {
  /** Resolves when the weights are there; left out when they are. What comes in meanwhile would disturb the timing. */
  readonly loaded?: Promise<unknown> | undefined;
  readonly signal?: AbortSignal | undefined;
}

const MOST_RUNS = 100;
/** Of a run that a clock so coarse calls instant: browsers round timestamps to 0.1 ms. */
const LEAST_MS = 0.01;
/** Cards that idle run at a fraction of their clock for a while. */
const WARM_UP_MS = 100;
/** Of a submit: while it runs, a small card draws nothing else. */
const SUBMIT_MS = 40;
/** So many bytes of matrices per pass: more than caches hold, where the model has that much. */
const PASS_BYTES = 300e6;

/** Ways to deal out the products of a group. */
interface Trial {
  readonly key: string;
  readonly shapes: readonly FixedMatvecShape[];
  /** For each shape, a pass over matrices of the group. */
  readonly recordings: readonly Recording[];
  free(): void;
}

/**
 * Times a few ways to deal out each size of 4-bit matrix-vector product of a model, and keeps the fastest in gpu.choices.
 * On a graphics card that takes about a second once all is compiled and loaded, which happens at the same time. Sizes that
 * have a choice already are left alone; software adapters have only one way.
 *
 * @returns whether anything is chosen that is not the usual: recordings made before are out of date then.
 * @throws GpuFaultError when WebGPU refuses a kernel; whatever `loaded` throws; AbortError.
 */
export async function tuneMatvecs(
  meter: Meter,
  config: ModelConfig,
  weights: Weights,
  { loaded, signal }: TuneOptions = {},
): Promise<boolean> {
  const { gpu } = meter;
  if (gpu.adapter.isFallback || !canMultiplyFixed(gpu)) return false;
  const open = [...matvecGroups(config, weights)].filter(([key]) => !gpu.choices.has(key));
  if (open.length === 0) return false;
  signal?.throwIfAborted();
  const free = (trials: readonly Trial[]) => trials.map((trial) => trial.free());
  const create = () => open.map(([key, group]) => createTrial(gpu, key, group));
  const trials = await checked(gpu, "preparing to tune", create, free);
  try {
    // No error scope stays open meanwhile: it would take the reports of whatever else is opened.
    await Promise.all([
      compile(
        gpu,
        trials.flatMap(({ recordings }) => recordings.flat()),
      ),
      loaded,
    ]);
    const usualMs = await checked(gpu, "warming up", () => warmUp(meter, trials, signal));
    let isUnusual = false;
    for (const [index, { key, shapes, recordings }] of trials.entries()) {
      const sample = sampler(meter, recordings, usualMs[index] ?? LEAST_MS, signal);
      const fastest = await checked(gpu, `tuning ${key}`, () => pickFastest(shapes.length, sample));
      gpu.choices.set(key, shapes[fastest]);
      isUnusual ||= fastest > 0;
    }
    return isUnusual;
  } finally {
    free(trials);
  }
}

/** The weights need not be there. */
function createTrial(gpu: Gpu, key: string, { needs, matrices }: MatvecGroup): Trial {
  const [first] = matrices;
  if (!first) throw new RangeError(`${key}: there is no matrix to tune for.`);
  const shapes = candidateShapes(gpu, first, needs);
  const { tensors, buffers } = createOperands(gpu, first, needs);
  const some = matrices.slice(0, Math.ceil(PASS_BYTES / (codeBytes(first.rows, first.cols) + 1)));
  const recordings = shapes.map((shape) =>
    some.flatMap((weight) => int4FixedMatvec(gpu, { weight, ...tensors }, shape)),
  );
  const free = () => {
    for (const { buffer } of buffers) buffer.destroy();
  };
  return { key, shapes, recordings, free };
}

/** Of zeros. */
function createOperands(gpu: Gpu, { rows, cols }: Matrix, { kind, givesFixed }: Needs) {
  const row = (label: string, columns: number) => createTensor(gpu, label, [1, columns]);
  if (kind === "add") {
    const [x, out] = [createFixed(gpu, "tuning x", cols), row("tuning out", rows)];
    const next = { parameters: row("tuning weight", rows), out: createNormed(gpu, "tuning next", rows) };
    return { tensors: { x, out, epilogue: { kind, next } }, buffers: [x, out, next.parameters, next.out] };
  }
  const outputs = kind === "swiglu" ? rows / 2 : rows;
  const x = createNormed(gpu, "tuning x", cols);
  const out = givesFixed ? createFixed(gpu, "tuning out", outputs) : row("tuning out", outputs);
  const gate = row("tuning gate", outputs);
  const sums = createTensor(gpu, "tuning sums", [2, rows]);
  // A state that moves on would only be in the way.
  const stateless = kind === "convolve" || kind === "append" ? "store" : kind;
  const epilogue = stateless === "gate" ? { kind: stateless, gate } : { kind: stateless };
  return { tensors: { x, out, norm: { sums, eps: 1 }, epilogue }, buffers: [x, out, gate, sums] };
}

/** Brings the card up to its clock with the usual shapes of all trials, and returns the milliseconds of a run of each. */
async function warmUp(meter: Meter, trials: readonly Trial[], signal: AbortSignal | undefined): Promise<number[]> {
  const usual = trials.map(({ recordings: [recording = []] }) => ({ recording, repeat: 1 }));
  const sums = usual.map(() => 0);
  let rounds = 0;
  for (const begun = meter.now(); rounds === 0 || meter.now() - begun < WARM_UP_MS; rounds++) {
    signal?.throwIfAborted();
    for (const [index, elapsedMs] of (await passesMs(meter, usual)).entries())
      sums[index] = (sums[index] ?? 0) + elapsedMs;
  }
  return sums.map((sum) => Math.max(sum / rounds, LEAST_MS));
}

/** @param runMs about how long a run takes. */
function sampler(
  meter: Meter,
  recordings: readonly Recording[],
  runMs: number,
  signal: AbortSignal | undefined,
): Sample {
  return async (candidates, sampleMs) => {
    const repeat = Math.min(MOST_RUNS, Math.ceil(sampleMs / runMs));
    const perSubmit = Math.max(1, Math.floor(SUBMIT_MS / (repeat * runMs)));
    const times: number[] = [];
    for (let first = 0; first < candidates.length; first += perSubmit) {
      signal?.throwIfAborted();
      const some = candidates.slice(first, first + perSubmit);
      const passes = some.map((candidate) => ({ recording: recordings[candidate] ?? [], repeat }));
      times.push(...(await passesMs(meter, passes)));
    }
    return times.map((elapsedMs) => elapsedMs / repeat);
  };
}
