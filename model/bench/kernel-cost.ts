import type { ModelConfig } from "../config";
import { type Cost, tensorBytes } from "../cost";
import type { CacheFormat } from "../state/kv-cache";
import type { KernelGroup, Weight } from "./kernel-groups";

/** What one dispatch of a kernel moves and computes, whatever the device. */
export interface KernelCost extends Cost {
  /** Everything that it reads or writes, each byte once; what caches serve again is not counted. */
  readonly bytes: number;
  /** Of these, what no fusion could spare: weights, states, keys and values. */
  readonly leastBytes: number;
}

/** One run over some rows. */
export interface Run {
  /** Of the first row. */
  readonly position: number;
  readonly tokens: number;
}

type Estimate = (config: ModelConfig, run: Run, group: KernelGroup) => KernelCost;

/** Undefined for a kernel that is not known here. */
export function kernelCost(config: ModelConfig, run: Run, group: KernelGroup): KernelCost | undefined {
  const { kernel, weight } = group;
  if (weight) return (WEIGHTED[kernel] ?? linearCost)(run, group, weight);
  return ESTIMATES[kernel]?.(config, run, group);
}

const F32 = 4;
const F16 = 2;

type WeightedEstimate = (run: Run, group: KernelGroup, weight: Weight) => KernelCost;

function linearCost({ tokens }: Run, group: KernelGroup, weight: Weight): KernelCost {
  const { rows, cols, format } = weight;
  const leastBytes = tensorBytes({ shape: [rows, cols] }, format);
  const bytes = leastBytes + F32 * tokens * cols + outputBytes(tokens, group, weight);
  return { bytes, leastBytes, operations: 2 * tokens * rows * cols };
}

/** Of what an epilogue writes, and reads of the same size. */
function outputBytes(tokens: number, { name }: KernelGroup, { rows }: Weight): number {
  const outputs = / swiglu /.test(name) ? rows / 2 : rows;
  return F32 * tokens * (/ (add|gate) /.test(name) ? 2 : 1) * outputs;
}

function embeddingCost({ tokens }: Run, _: KernelGroup, { cols, format }: Weight): KernelCost {
  const leastBytes = tokens * tensorBytes({ shape: [cols] }, format);
  return { bytes: leastBytes + F32 * tokens * cols, leastBytes, operations: 0 };
}

const activations = (bytes: number, operations: number): KernelCost => ({ bytes, leastBytes: 0, operations });

/** Of the kernels whose labels name a matrix, those that are no products with it. */
const WEIGHTED: Readonly<Record<string, WeightedEstimate>> = {
  embedding: embeddingCost,
  // The partial sums that a split product hands over are as many as the layer has splits; they are left out.
  "matmul-merge": ({ tokens }, group, weight) => activations(outputBytes(tokens, group, weight), 0),
};

/** Keys that the rows of a run see, all rows together and the union of them. */
function keysOf({ slidingWindow }: ModelConfig, { position, tokens }: Run, reach: KernelGroup["reach"]) {
  const most = reach === "window" ? slidingWindow : Number.POSITIVE_INFINITY;
  let seen = 0;
  for (let row = 0; row < tokens; row++) seen += Math.min(position + row + 1, most);
  return { seen, distinct: Math.min(position + tokens, most + tokens - 1) };
}

const ESTIMATES: Readonly<Record<string, Estimate>> = {
  "layer-norm": ({ hiddenSize }, { tokens }) => {
    const leastBytes = 2 * F32 * hiddenSize;
    return { bytes: leastBytes + 2 * F32 * tokens * hiddenSize, leastBytes, operations: 8 * tokens * hiddenSize };
  },
  "depthwise-conv": ({ innerSize, convWidth }, { tokens }) => {
    const leastBytes = F32 * innerSize * (3 * convWidth + 1); // taps, bias, state twice
    const bytes = leastBytes + 2 * F32 * tokens * innerSize;
    return { bytes, leastBytes, operations: 2 * tokens * innerSize * convWidth };
  },
  "scan-step": (config, run) => {
    const { innerSize, deltaRank } = config;
    const scan = scanCost(config, run, 3);
    const projection = F16 * innerSize * deltaRank + F32 * innerSize; // dt_proj and its bias
    return {
      bytes: scan.bytes + projection,
      leastBytes: scan.leastBytes + projection,
      operations: scan.operations + 2 * run.tokens * innerSize * deltaRank,
    };
  },
  "scan-gated": (config, run) => scanCost(config, run, 4),
  "scan-memory": (config, run) => scanCost(config, run, 3),
  "silu-gate": ({ innerSize }, { tokens }) => activations(3 * F32 * tokens * innerSize, 5 * tokens * innerSize),
  "kv-append": appendCost("f16"),
  "kv-append-int8": appendCost("int8"),
  "attention-split": attentionCost("f16"),
  "attention-split-int8": attentionCost("int8"),
  "attention-row": attentionCost("f16"),
  "attention-window": attentionCost("f16"),
  // The partial sums that the two hand over are as many as the kernel has splits; they are left out.
  "attention-merge": ({ numHeads, headDim }, { tokens }) => activations(F32 * tokens * numHeads * headDim, 0),
  // The list that pick ranks is as long as the logits are flat.
  sample: ({ vocabSize }, _, { name }) => activations(name === "sample pick" ? 0 : F32 * vocabSize, 0),
  "take-last": ({ hiddenSize }) => activations(2 * F32 * hiddenSize, 0),
};

/** @param streams activations of innerSize that it reads or writes, u twice where it is replaced */
function scanCost({ innerSize, stateSize, deltaRank }: ModelConfig, { tokens }: Run, streams: number): KernelCost {
  const leastBytes = F32 * innerSize * (3 * stateSize + 1); // A, D, state twice
  const bytes = leastBytes + F32 * tokens * (streams * innerSize + deltaRank + 2 * stateSize);
  return { bytes, leastBytes, operations: 7 * tokens * innerSize * stateSize };
}

/** Keys and values of all heads at one position. */
const positionBytes = ({ numKvHeads, headDim }: ModelConfig, format: CacheFormat): number =>
  numKvHeads * (format === "f16" ? 2 * F16 * headDim : 2 * headDim + 2 * F16);

function appendCost(format: CacheFormat): Estimate {
  return (config, { tokens }) => {
    const leastBytes = tokens * positionBytes(config, format);
    return { bytes: leastBytes + 2 * F32 * tokens * config.numKvHeads * config.headDim, leastBytes, operations: 0 };
  };
}

function attentionCost(format: CacheFormat): Estimate {
  return (config, run, { reach }) => {
    const { numHeads, headDim } = config;
    const { seen, distinct } = keysOf(config, run, reach);
    const leastBytes = distinct * positionBytes(config, format);
    const bytes = leastBytes + 2 * F32 * run.tokens * numHeads * headDim;
    // Per query head a dot over headDim and a sum over the pair's 2 · headDim values.
    return { bytes, leastBytes, operations: 2 * seen * numHeads * 3 * headDim };
  };
}
