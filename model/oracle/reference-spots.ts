import type { ModelConfig } from "../config";
import type { Golden } from "./golden";

/** What the oracle says of the logits at one position. */
export interface ReferenceSpot {
  readonly position: number;
  /** The largest logits, descending, by token id. */
  readonly top: readonly { readonly id: number; readonly logit: number }[];
  /** The logits of ids 0, 1, 2 …: of formula weights, a sample of the vocabulary. */
  readonly first: readonly number[];
  readonly mean: number;
  /** Standard deviation over the vocabulary. */
  readonly std: number;
}

/** The oracle's word on a model of formula weights. */
export interface Reference {
  readonly ids: readonly number[];
  /** By ascending position. */
  readonly spots: readonly ReferenceSpot[];
  /** (half-layers, hiddenSize) of the last token. */
  readonly residuals: Float32Array;
}

/** golden.json of the published shapes (recipe/FORMAT.md, "full"). */
export interface SpotFile {
  readonly positions: readonly number[];
  readonly top_ids: readonly (readonly number[])[];
  readonly top_logits: readonly (readonly number[])[];
  readonly first_logits: readonly (readonly number[])[];
  readonly logit_std: readonly number[];
  readonly logit_mean: readonly number[];
}

/** The published shapes: golden.json and golden.safetensors with `residual_last` (half-layers, hiddenSize). */
export function publishedReference({ vocabSize }: ModelConfig, file: SpotFile, golden: Golden): Reference {
  const count = (file.positions.at(-1) ?? 0) + 1;
  return {
    ids: Array.from({ length: count }, (_, i) => (7919 * i * i + 104729 * i + 11) % vocabSize),
    spots: file.positions.map((position, spot) => ({
      position,
      top: (file.top_ids[spot] ?? []).map((id, rank) => ({ id, logit: file.top_logits[spot]?.[rank] ?? Number.NaN })),
      first: file.first_logits[spot] ?? [],
      mean: file.logit_mean[spot] ?? Number.NaN,
      std: file.logit_std[spot] ?? Number.NaN,
    })),
    residuals: golden.values("residual_last"),
  };
}

const TOP = 32;
const FIRST = 64;

/** The small models, whose golden.safetensors holds everything: six positions of it, in the same form. */
export function smallReference({ vocabSize, numLayers, hiddenSize }: ModelConfig, golden: Golden): Reference {
  const [tokens = 0] = golden.shape("logits");
  const logits = golden.values("logits");
  const residuals = golden.values("residuals");
  const lastRow = (halfLayer: number): number => (halfLayer * tokens + tokens - 1) * hiddenSize;
  const last = Float32Array.from({ length: 2 * numLayers * hiddenSize }, (_, i) => {
    return residuals[lastRow(Math.floor(i / hiddenSize)) + (i % hiddenSize)] ?? Number.NaN;
  });
  const positions = [0, 1, 15, tokens - 17, tokens - 16, tokens - 1];
  return {
    ids: Array.from({ length: tokens }, (_, i) => (7 * i * i + 3 * i + 11) % vocabSize),
    spots: positions.map((position) => spotOf(position, logits.subarray(position * vocabSize).subarray(0, vocabSize))),
    residuals: last,
  };
}

function spotOf(position: number, logits: Float32Array): ReferenceSpot {
  const top = Array.from(logits, (logit, id) => ({ id, logit })).sort((a, b) => b.logit - a.logit);
  return { position, top: top.slice(0, TOP), first: Array.from(logits.subarray(0, FIRST)), ...moments(logits) };
}

/** Mean and standard deviation. */
export function moments(values: Float32Array): { mean: number; std: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, std: Math.sqrt(variance) };
}
