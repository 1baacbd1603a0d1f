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
import { LEAST_MS, type Meter, passesMs } from "@gpu/measure";
import { checked, compile, type Recording } from "@gpu/recording";
import { createTensor, type Tensor } from "@gpu/tensor";
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
}

/** Notes a tensor to be freed at the end. */
type Keep = (tensor: Tensor) => Tensor;

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
  const made: Tensor[] = [];
  const keep: Keep = (tensor) => {
    made.push(tensor);
    return tensor;
  };
  const create = () => open.map(([key, group]) => createTrial(gpu, key, group, keep));
  try {
    const trials = await checked(gpu, "preparing to tune", create);
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
    for (const { buffer } of made) buffer.destroy();
  }
}

/** The weights need not be there. */
function createTrial(gpu: Gpu, key: string, { needs, matrices }: MatvecGroup, keep: Keep): Trial {
  const [first] = matrices;
  if (!first) throw new RangeError(`${key}: there is no matrix to tune for.`);
  const shapes = candidateShapes(gpu, first, needs);
  const operands = createOperands(gpu, first, needs, keep);
  const some = matrices.slice(0, Math.ceil(PASS_BYTES / (codeBytes(first.rows, first.cols) + 1)));
  const recordings = shapes.map((shape) =>
    some.flatMap((weight) => int4FixedMatvec(gpu, { weight, ...operands }, shape)),
  );
  return { key, shapes, recordings };
}

/** Of zeros. */
function createOperands(gpu: Gpu, { rows, cols }: Matrix, { kind, givesFixed }: Needs, keep: Keep) {
  const row = (label: string, columns: number) => keep(createTensor(gpu, label, [1, columns]));
  if (kind === "add") {
    const next = { parameters: row("tuning weight", rows), out: keep(createNormed(gpu, "tuning next", rows)) };
    return { x: keep(createFixed(gpu, "tuning x", cols)), out: row("tuning out", rows), epilogue: { kind, next } };
  }
  const outputs = kind === "swiglu" ? rows / 2 : rows;
  const x = keep(createNormed(gpu, "tuning x", cols));
  const out = givesFixed ? keep(createFixed(gpu, "tuning out", outputs)) : row("tuning out", outputs);
  const norm = { sums: keep(createTensor(gpu, "tuning sums", [2, rows])), eps: 1 };
  // A state that moves on would only be in the way.
  const stateless = kind === "convolve" || kind === "append" ? "store" : kind;
  if (stateless !== "gate") return { x, out, norm, epilogue: { kind: stateless } };
  return { x, out, norm, epilogue: { kind: stateless, gate: row("tuning gate", outputs) } };
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
