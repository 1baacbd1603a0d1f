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
import { type Meter, median, passMs } from "@gpu/measure";
import { checked, compile, type Recording } from "@gpu/recording";
import { createTensor } from "@gpu/tensor";
import type { ModelConfig } from "../config";
import type { Weights } from "../weights/weights";
import { type MatvecGroup, matvecGroups } from "./matvec-groups";

export interface TuneOptions {
  /** Resolves when the weights are there; left out when they are. What comes in meanwhile would disturb the timing. */
  readonly loaded?: Promise<unknown> | undefined;
  readonly signal?: AbortSignal | undefined;
}

const ROUNDS = 3;
/** A sample's one pass lasts about this long, by as many runs as that takes: browsers round timestamps to 0.1 ms. */
const SAMPLE_MS = 4;
const MOST_RUNS = 100;
/** Of a run that a clock so coarse calls instant. */
const LEAST_MS = 0.01;
/** Cards that idle run at a fraction of their clock for a while. */
const WARM_UP_MS = 100;
/** Less is noise. And here a kernel runs again and again, which flatters what is long: its code stays in the cache. */
const WORTH = 0.9;
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
 * That takes a few seconds, some fifty samples for each size, once all is compiled and loaded, which happens at the same
 * time. Sizes that have a choice already are left alone; software adapters have only one way.
 *
 * @throws GpuFaultError when WebGPU refuses a kernel; whatever `loaded` throws; AbortError.
 */
export async function tuneMatvecs(
  meter: Meter,
  config: ModelConfig,
  weights: Weights,
  { loaded, signal }: TuneOptions = {},
): Promise<void> {
  const { gpu } = meter;
  if (gpu.adapter.isFallback || !canMultiplyFixed(gpu)) return;
  const open = [...matvecGroups(config, weights)].filter(([key]) => !gpu.choices.has(key));
  if (open.length === 0) return;
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
    for (const { key, shapes, recordings } of trials) {
      const times = await checked(gpu, `tuning ${key}`, () => medianTimes(meter, recordings, signal));
      gpu.choices.set(key, fastestOf(shapes, times));
    }
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

/** @param times in milliseconds, the usual shape's first. */
function fastestOf(shapes: readonly FixedMatvecShape[], [usual = 0, ...others]: readonly number[]): FixedMatvecShape {
  const fastest = Math.min(...others);
  return shapes[fastest < WORTH * usual ? others.indexOf(fastest) + 1 : 0] as FixedMatvecShape;
}

/** Milliseconds of a run of each recording. They take turns, so that a change of the card's clock meets all of them. */
async function medianTimes(
  meter: Meter,
  recordings: readonly Recording[],
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const [usual = []] = recordings;
  for (const begun = meter.now(); meter.now() - begun < WARM_UP_MS; ) await passMs(meter, usual, 1, 4);
  const repeat = Math.min(MOST_RUNS, Math.ceil(SAMPLE_MS / Math.max(await passMs(meter, usual, 1, 1), LEAST_MS)));
  const times = recordings.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [index, recording] of recordings.entries()) {
      signal?.throwIfAborted();
      const elapsedMs = await passMs(meter, recording, 1, repeat);
      if (round > 0) times[index]?.push(elapsedMs / repeat); // the first round warms up
    }
  }
  return times.map(median);
}
