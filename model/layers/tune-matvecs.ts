import { codeBytes } from "@gpu/int4";
import { int4Matvec } from "@gpu/kernels/int4-matvec/int4-matvec";
import { candidateShapes, type MatvecShape, matvecKey } from "@gpu/kernels/int4-matvec/matvec-shape";
import type { Matrix } from "@gpu/matrix";
import { type Meter, median, passMs } from "@gpu/measure";
import { checked, compile, type Recording } from "@gpu/recording";
import { createTensor } from "@gpu/tensor";
import type { ModelConfig } from "../config";
import { layerPlan } from "../layer-plan";
import type { Weights } from "../weights/weights";
import { EMBEDDING } from "./embedding";

/** Matrices of one size that decode multiplies in the same way. */
interface MatvecGroup {
  readonly isNormed: boolean;
  readonly isSwiglu: boolean;
  readonly matrices: Matrix[];
}

export interface TuneOptions {
  /** Resolves when the weights are there; left out when they are. What comes in meanwhile would disturb the timing. */
  readonly loaded?: Promise<unknown> | undefined;
  readonly signal?: AbortSignal | undefined;
}

const ROUNDS = 3;
/** Cards that idle run at a fraction of their clock for a while. */
const WARM_UP_MS = 100;
/** Less is noise. And here a kernel runs again and again, which flatters what is long: its code stays in the cache. */
const WORTH = 0.9;
/** So many bytes of matrices per pass: more than caches hold, where the model has that much. */
const PASS_BYTES = 300e6;

/**
 * Times a few ways to deal out each size of 4-bit matrix-vector product of a model, and keeps the fastest in gpu.choices.
 * Takes about a second on a card. Sizes that have a choice already are left alone; software adapters have only one way.
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
  if (gpu.adapter.isFallback) return;
  const open = [...matvecGroups(config, weights)].filter(([key]) => !gpu.choices.has(key));
  if (open.length > 0) await loaded;
  for (const [key, group] of open) {
    signal?.throwIfAborted();
    const fastest = await checked(gpu, `tuning ${key}`, () => fastestShape(meter, group, signal));
    gpu.choices.set(key, fastest);
  }
}

/** By matvecKey: every 4-bit matrix of the decode step. */
export function matvecGroups(config: ModelConfig, weights: Weights): Map<string, MatvecGroup> {
  const groups = new Map<string, MatvecGroup>();
  const add = (name: string, isNormed: boolean, isSwiglu = false) => {
    const matrix = weights.matrix(name);
    if (matrix.format !== "int4") return;
    const key = matvecKey(matrix, isNormed);
    const group = groups.get(key) ?? { isNormed, isSwiglu, matrices: [] };
    group.matrices.push(matrix);
    groups.set(key, group);
  };
  for (const [index, kind] of layerPlan(config).entries()) {
    const layer = `model.layers.${index}`;
    add(`${layer}.attn.${kind === "mamba" || kind === "gmu" ? "in_proj" : "Wqkv"}.weight`, true);
    add(`${layer}.attn.out_proj.weight`, false);
    add(`${layer}.mlp.fc1.weight`, true, true);
    add(`${layer}.mlp.fc2.weight`, false);
  }
  add(EMBEDDING, true);
  return groups;
}

async function fastestShape(
  meter: Meter,
  { isNormed, isSwiglu, matrices }: MatvecGroup,
  signal: AbortSignal | undefined,
): Promise<MatvecShape> {
  const { gpu } = meter;
  const [first] = matrices;
  if (!first) throw new RangeError("There is no matrix to tune for.");
  const shapes = candidateShapes(first, { isNormed, isSwiglu });
  const x = createTensor(gpu, "tuning x", [1, first.cols]);
  const out = createTensor(gpu, "tuning out", [1, first.rows]);
  const parameters = createTensor(gpu, "tuning norm", [2, first.cols]);
  const shared = { x, out, norm: isNormed ? { parameters, eps: 1 } : undefined };
  const epilogue = { kind: isSwiglu ? ("swiglu" as const) : ("store" as const) };
  const some = matrices.slice(0, Math.ceil(PASS_BYTES / (codeBytes(first.rows, first.cols) + 1)));
  const recordings = shapes.map((shape) =>
    some.flatMap((weight) => int4Matvec(gpu, { weight, ...shared, epilogue }, shape)),
  );
  try {
    await compile(gpu, recordings.flat());
    const [usual = 0, ...others] = await medianTimes(meter, recordings, signal);
    const fastest = Math.min(...others);
    return shapes[fastest < WORTH * usual ? others.indexOf(fastest) + 1 : 0] as MatvecShape;
  } finally {
    for (const { buffer } of [x, out, parameters]) buffer.destroy();
  }
}

/** Milliseconds of each recording. They take turns, so that a change of the card's clock meets all of them. */
async function medianTimes(
  meter: Meter,
  recordings: readonly Recording[],
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const [usual = []] = recordings;
  for (const begun = meter.now(); meter.now() - begun < WARM_UP_MS; ) await passMs(meter, usual, 1, 4);
  const times = recordings.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [index, recording] of recordings.entries()) {
      signal?.throwIfAborted();
      const elapsedMs = await passMs(meter, recording, 1, 1);
      if (round > 0) times[index]?.push(elapsedMs); // the first round warms up
    }
  }
  return times.map(median);
}
