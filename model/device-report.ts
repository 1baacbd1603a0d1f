import type { ModelConfig } from "./config";
import { tensorBytes } from "./cost";
import { checkpointBudget } from "./generation/checkpoint-budget";
import { type LayerKind, layerPlan } from "./layer-plan";
import { mostPartialsBytes } from "./layers/attention-partials";
import { normsAndMatrices } from "./layers/norm-sums";
import { type PlannedTensor, tensorPlan } from "./tensor-plan";
import type { StoredFormat } from "./weights/stored-tensor";

/** GPU memory that a model takes, in bytes, counted from its sizes before any of it is there. */
export interface MemoryNeed {
  readonly weightBytes: number;
  /** Recurrent states, windows, intermediate results, sums of norms: the same whatever the length of the conversation. */
  readonly stateBytes: number;
  /** Keys and values of the whole context, and the smaller copy that is held while they grow to it. */
  readonly cacheBytes: number;
  /** Without `checkpointBytes`. */
  readonly totalBytes: number;
  /** States to go back to, at most. They are kept where there is room for them, and given up where there is not. */
  readonly checkpointBytes: number;
}

/** Of a device's limits, those that decide what it can hold. In bytes. */
export interface BufferLimits {
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
}

/** Whether a device's limits allow a model; whether its memory does, only a trial can tell (gpu/try-allocation.ts). */
export interface DeviceReport {
  /** The context that the limits allow, in tokens: as wanted, or less. */
  readonly contextLength: number;
  readonly wantedContextLength: number;
  readonly need: MemoryNeed;
  /** A sentence with both numbers for each thing that this device cannot bind. Empty: the limits suffice. */
  readonly problems: readonly string[];
}

/** Of SessionOptions: most prompt tokens of one prefill run. */
const CHUNK = 256;
/** A shorter context than this is of no use for a model that thinks before it answers. */
const LEAST_CONTEXT = 2048;
/** createMatrix cuts matrices by rows, and each part has at least this many. */
const ROWS_OF_A_PART = 4;

/** The format in which a tensor of this role is stored. */
export type FormatOf = (tensor: PlannedTensor) => StoredFormat;

/**
 * GPU memory that a model needs for conversations of up to `contextLength` tokens.
 *
 * @param format as the model is stored; see `shippedFormat` in cost.ts
 */
export function memoryNeed(config: ModelConfig, contextLength: number, format: FormatOf): MemoryNeed {
  const weightBytes = tensorPlan(config).reduce((sum, tensor) => sum + tensorBytes(tensor, format(tensor)), 0);
  const scratchBytes = activationBytes(config, CHUNK) + activationBytes(config, 1);
  const stateBytes = recurrentBytes(config) + normBytes(config, format) + scratchBytes;
  const cacheBytes = contextBytes(config, contextLength);
  const rowsBytes = 2 * cacheRowBytes(config) * contextLength;
  const checkpointBytes = checkpointBudget(snapshotBytes(config, contextLength), rowsBytes);
  return { weightBytes, stateBytes, cacheBytes, totalBytes: weightBytes + stateBytes + cacheBytes, checkpointBytes };
}

/**
 * GPU memory that a context of this many tokens takes when it is full. The full cache doubles when it is used up, and the
 * GPU copies the old one: at the last step one and a half of it.
 */
export const contextBytes = (config: ModelConfig, contextLength: number): number =>
  2 * 1.5 * cacheRowBytes(config) * contextLength;

/** The longest context, in tokens, whose keys, and values, fit into one binding each. */
export function longestContext(config: ModelConfig, limits: BufferLimits): number {
  const most = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);
  return Math.min(config.maxPositions, Math.floor(most / cacheRowBytes(config)));
}

/**
 * Whether a device of these limits can hold a model. Matrices are cut to what can be bound, so even 128 MiB bindings
 * hold the published model; what cannot be cut is a row, a vector, an intermediate result, and keys or values of the
 * whole context, which is shortened instead.
 *
 * @param contextLength wanted, in tokens
 */
export function deviceReport(
  config: ModelConfig,
  contextLength: number,
  limits: BufferLimits,
  format: FormatOf,
): DeviceReport {
  const most = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);
  const wantedContextLength = Math.min(contextLength, config.maxPositions);
  const possible = Math.min(wantedContextLength, longestContext(config, limits));
  const problems = indivisible(config, format)
    .filter(({ bytes }) => bytes > most)
    .map(({ what, bytes }) => `${what} needs ${inMiB(bytes)} at once; this device binds at most ${inMiB(most)}.`);
  const least = Math.min(LEAST_CONTEXT, config.maxPositions);
  if (possible < least)
    problems.push(`This device binds ${inMiB(most)} at once: a context of ${possible} tokens. ${least} are the least.`);
  return {
    contextLength: possible,
    wantedContextLength,
    need: memoryNeed(config, Math.max(possible, least), format),
    problems,
  };
}

/** What must fit into one binding. */
function indivisible(config: ModelConfig, format: FormatOf): { what: string; bytes: number }[] {
  const tensors = tensorPlan(config).map((tensor) => {
    const [rows = 1] = tensor.shape;
    const bytes = tensorBytes(tensor, format(tensor));
    return {
      what: tensor.name,
      bytes: tensor.role === "vector" ? bytes : (bytes / rows) * Math.min(rows, ROWS_OF_A_PART),
    };
  });
  return [...tensors, { what: "The intermediate result of a layer", bytes: 4 * CHUNK * widest(config) }];
}

/** f16 keys, or values, of one position. */
const cacheRowBytes = ({ numKvHeads, headDim }: ModelConfig): number => 2 * numKvHeads * headDim;

/** Of one Mamba layer's recurrent state, in f32. */
const mambaBytes = ({ innerSize, convWidth, stateSize }: ModelConfig): number =>
  4 * innerSize * (convWidth + stateSize);

const countLayers = (config: ModelConfig, kind: LayerKind): number =>
  layerPlan(config).filter((other) => other === kind).length;

/** A copy of all of the state but the full cache after so many tokens; `snapshotBytes` in state/ asks the state itself. */
function snapshotBytes(config: ModelConfig, position: number): number {
  const visible = Math.min(position, config.slidingWindow - 1);
  const ringBytes = 2 * cacheRowBytes(config) * visible;
  return countLayers(config, "mamba") * mambaBytes(config) + countLayers(config, "sliding") * ringBytes;
}

/** Mamba states in f32, and the rings of the sliding windows in f16. */
function recurrentBytes(config: ModelConfig): number {
  const count = (kind: LayerKind): number => countLayers(config, kind);
  const ringBytes = 2 * cacheRowBytes(config) * (config.slidingWindow + CHUNK - 1);
  // Logits in f32 and three words a token for the sampler.
  const samplerBytes = 4 * 4 * config.vocabSize;
  const attentionLayers = count("sliding") + count("full") + count("cross");
  // λ's vectors in f32, beside the splits of one attention at a time.
  const attentionBytes = 4 * 4 * config.headDim * attentionLayers + mostPartialsBytes(config);
  return count("mamba") * mambaBytes(config) + count("sliding") * ringBytes + samplerBytes + attentionBytes;
}

/**
 * Where decode fuses norms into what follows: their weights and biases side by side, and what those are to each row of the 4-bit
 * matrices behind them; layers/norm.ts and norm-sums.ts.
 */
function normBytes(config: ModelConfig, format: FormatOf): number {
  const pairs = normsAndMatrices(config);
  const behind = new Set(pairs.map(([, matrix]) => matrix));
  const matrices = tensorPlan(config).filter((tensor) => behind.has(tensor.name) && format(tensor) === "int4");
  const rows = matrices.reduce((sum, { shape: [count = 0] }) => sum + count, 0);
  return 4 * 2 * (pairs.length * config.hiddenSize + rows);
}

/** f32 intermediate results of a run over `tokens` rows; the list is layers/activations.ts. */
function activationBytes(config: ModelConfig, tokens: number): number {
  const { hiddenSize, innerSize, intermediateSize, numKvHeads, headDim, deltaRank, stateSize } = config;
  const hidden = 4 * hiddenSize + 2 * numKvHeads * headDim;
  const mamba = 5 * innerSize + deltaRank + 2 * stateSize;
  return 4 * tokens * (1 + hidden + mamba + intermediateSize);
}

const widest = ({ hiddenSize, innerSize, intermediateSize, numKvHeads, headDim }: ModelConfig): number =>
  Math.max(hiddenSize + 2 * numKvHeads * headDim, 2 * innerSize, intermediateSize);

const inMiB = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;
