import { relativeL2 } from "@gpu/testing/relative-l2";
import { moments, type ReferenceSpot } from "./reference-spots";

/** How far the logits at one position are from the oracle's. */
export interface SpotError {
  readonly position: number;
  /** Relative L2 over the oracle's largest logits. */
  readonly top: number;
  /** Relative L2 over the first logits of the vocabulary. */
  readonly first: number;
  /** Difference of the means, and of the standard deviations, in standard deviations. */
  readonly mean: number;
  readonly std: number;
  /** "near tie": another token is first, but the oracle's lead is within the tolerance. */
  readonly top1: "same" | "near tie" | "other";
  /** An estimate of KL(oracle ‖ actual) of the next token's distribution, in nats; see estimatedKl. */
  readonly kl: number;
}

/**
 * @param logits (vocabSize)
 * @param tolerance of the oracle's lead of its first token, in standard deviations of the logits.
 */
export function spotError(logits: Float32Array, spot: ReferenceSpot, tolerance: number): SpotError {
  const { mean, std } = moments(logits);
  const [best, second] = spot.top;
  const lead = (best?.logit ?? Number.NaN) - (second?.logit ?? Number.NaN);
  const sameTop = argmax(logits) === best?.id;
  return {
    position: spot.position,
    top: relativeL2(
      spot.top.map(({ id }) => logits[id] ?? Number.NaN),
      spot.top.map(({ logit }) => logit),
    ),
    first: relativeL2(logits.subarray(0, spot.first.length), spot.first),
    mean: Math.abs(mean - spot.mean) / spot.std,
    std: Math.abs(std - spot.std) / spot.std,
    top1: sameTop ? "same" : lead <= tolerance * spot.std ? "near tie" : "other",
    kl: estimatedKl(spot.first, logits),
  };
}

/** Everything is at most the tolerance, and the first token is the oracle's or a near tie. */
export const isWithin = ({ top, first, mean, std, top1 }: SpotError, tolerance: number): boolean =>
  [top, first, mean, std].every((error) => error <= tolerance) && top1 !== "other";

/** Relative L2 of the last token's residual stream after each half-layer: (half-layers, hiddenSize) both. */
export function residualErrors(actual: Float32Array, expected: Float32Array, hiddenSize: number): number[] {
  return Array.from({ length: expected.length / hiddenSize }, (_, halfLayer) => {
    const [begin, end] = [halfLayer * hiddenSize, (halfLayer + 1) * hiddenSize];
    return relativeL2(actual.subarray(begin, end), expected.subarray(begin, end));
  });
}

/**
 * KL(p ‖ q) = log Σ p exp(δ) − Σ p δ for δ = q's logits − p's, with the sums over a sample of the vocabulary, weighted by
 * p. The logits of formula weights do not depend on the id, so the first ids are as good a sample as any.
 */
function estimatedKl(sample: readonly number[], logits: Float32Array): number {
  return klDivergence(sample, logits.subarray(0, sample.length));
}

/** KL(p ‖ q) in nats of the distributions that two sets of logits of the same tokens give. */
export function klDivergence(p: ArrayLike<number>, q: ArrayLike<number>): number {
  const [logP, logQ] = [logSumExp(p), logSumExp(q)];
  let kl = 0;
  for (let i = 0; i < p.length; i++) {
    const lp = (p[i] ?? Number.NaN) - logP;
    kl += Math.exp(lp) * (lp - ((q[i] ?? Number.NaN) - logQ));
  }
  return kl;
}

function logSumExp(logits: ArrayLike<number>): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) most = Math.max(most, logits[i] ?? Number.NaN);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp((logits[i] ?? Number.NaN) - most);
  return most + Math.log(sum);
}

function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) > (values[best] ?? 0)) best = i;
  return best;
}
