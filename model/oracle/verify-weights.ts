import type { Gpu } from "@gpu/device";
import { checked } from "@gpu/recording";
import type { ModelConfig } from "../config";
import { openSession } from "../generation/open-session";
import { GREEDY } from "../generation/sampling";
import type { Weights } from "../weights/weights";
import type { Reference } from "./reference-spots";
import { residualErrors, type SpotError, spotError } from "./spot-errors";
import { formulaWeights } from "./synthetic-weights";
import { closeRig, openRig } from "./trace";
import { type SpotOptions, type Spots, traceSpots } from "./trace-spots";

export interface VerifyOptions {
  /** The format of the matrices. */
  readonly kind: "f16" | "int4";
  /** Most tokens of one prefill run. */
  readonly chunk: number;
  /** Of a logit lead to count as one, in standard deviations. */
  readonly tolerance: number;
}

/** One way of reading the reference's tokens. */
export interface VerifiedRun {
  readonly label: string;
  readonly elapsedMs: number;
  readonly spots: readonly SpotError[];
  /** Relative L2 by half-layer, of the last token. */
  readonly residuals: readonly number[];
  /** By position. */
  readonly logits: Spots["logits"];
}

export interface Verification {
  readonly weightsBytes: number;
  readonly weightsMs: number;
  readonly runs: readonly VerifiedRun[];
  /** Of decoding after the reference's tokens, with 8 tokens per submit. */
  readonly tokensPerSecond: number;
}

/**
 * Makes formula weights, reads the reference's tokens twice (by prefill in chunks alone; by prefill, then decoding from
 * the last spot but one on) and compares both with the oracle.
 *
 * @throws GpuFaultError when WebGPU refuses something, memory included.
 */
export async function verifyWeights(
  gpu: Gpu,
  config: ModelConfig,
  reference: Reference,
  { kind, chunk, tolerance }: VerifyOptions,
): Promise<Verification> {
  const begun = performance.now();
  const weights = await checked(gpu, "formula weights", async () => {
    const made = formulaWeights(gpu, config, kind);
    await gpu.device.queue.onSubmittedWorkDone();
    return made;
  });
  const weightsMs = performance.now() - begun;
  const { ids, spots } = reference;
  const decodeFrom = spots.at(-2)?.position ?? 0;
  const runs = [
    await verifyRun(gpu, config, weights, reference, { chunk, decodeFrom: ids.length, tolerance }),
    await verifyRun(gpu, config, weights, reference, { chunk, decodeFrom, tolerance }),
  ];
  const tokensPerSecond = await decodeSpeed(gpu, config, weights, ids, chunk);
  weights.destroy();
  return { weightsBytes: weights.totalBytes, weightsMs, runs, tokensPerSecond };
}

async function verifyRun(
  gpu: Gpu,
  config: ModelConfig,
  weights: Weights,
  { ids, spots, residuals }: Reference,
  { chunk, decodeFrom, tolerance }: SpotOptions & { tolerance: number },
): Promise<VerifiedRun> {
  const rig = openRig(gpu, config, weights, chunk, ids.length);
  const positions = spots.map(({ position }) => position);
  const begun = performance.now();
  const traced = await checked(gpu, "tracing", () => traceSpots(rig, ids, positions, { chunk, decodeFrom }));
  const elapsedMs = performance.now() - begun;
  closeRig(rig);
  const decoded = decodeFrom < ids.length ? `, then decoded one by one from ${decodeFrom} on` : "";
  return {
    label: `${ids.length} tokens, prefilled in chunks of ${chunk}${decoded}`,
    elapsedMs,
    spots: spots.map((spot) => spotError(traced.logits.get(spot.position) ?? new Float32Array(), spot, tolerance)),
    residuals: residualErrors(traced.residuals, residuals, config.hiddenSize),
    logits: traced.logits,
  };
}

const TOKENS_PER_SUBMIT = 8;
/** Of 8 tokens. The clock starts after the first, so that nothing is compiled while it runs. */
const SUBMITS = { graphicsCard: 32, fallback: 2 };

async function decodeSpeed(
  gpu: Gpu,
  config: ModelConfig,
  weights: Weights,
  ids: readonly number[],
  chunk: number,
): Promise<number> {
  const submits = gpu.adapter.isFallback ? SUBMITS.fallback : SUBMITS.graphicsCard;
  const maxTokens = 1 + (submits + 1) * TOKENS_PER_SUBMIT;
  const contextLength = ids.length + maxTokens + TOKENS_PER_SUBMIT;
  const session = await openSession(gpu, config, weights, { contextLength, chunk, tokensPerSubmit: TOKENS_PER_SUBMIT });
  let begun = 0;
  let now = 0;
  let counted = 0;
  for await (const drawn of session.generate({ ids, sampling: GREEDY, stopIds: [], maxTokens })) {
    now = performance.now();
    if (begun > 0) counted += drawn.length;
    else if (drawn.length === TOKENS_PER_SUBMIT) begun = now;
  }
  session.destroy();
  return (counted / (now - begun)) * 1000;
}
