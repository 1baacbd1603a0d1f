import type { Dispatch } from "@gpu/kernel";
import { attentionMerge } from "@gpu/kernels/attention-merge/attention-merge";
import { attentionRow, canAttendRow } from "@gpu/kernels/attention-row/attention-row";
import { attentionSplit } from "@gpu/kernels/attention-split/attention-split";
import { attentionWindow } from "@gpu/kernels/attention-window/attention-window";
import { kvAppend } from "@gpu/kernels/kv-append/kv-append";
import { kvAppendInt8 } from "@gpu/kernels/kv-append-int8/kv-append-int8";
import { type Matrix, sliceRows } from "@gpu/matrix";
import type { KvCache } from "../state/kv-cache";
import { splitLength } from "./attention-partials";
import { lambdaInit } from "./lambdas";
import { between, type LayerContext, layerWeights, lookup } from "./layer-context";
import { fusedNormLinear, mixerNorm, mlpNorm, normedLinear } from "./norm";
import { addToResidual } from "./residual";

/** residual += differential attention over the last slidingWindow keys, this run's own included. */
export function slidingAttention(context: LayerContext, index: number, ring: KvCache): Dispatch[] {
  const { activations, config } = context;
  const attend = activations.tokens === 1 ? attendNear : attendMany;
  return [
    ...projectAndAppend(context, index, ring),
    ...attend(context, index, ring, config.slidingWindow),
    ...projectOut(context, index),
  ];
}

/** residual += differential attention of one row over all keys, its own included. */
export function fullAttention(context: LayerContext, index: number, cache: KvCache): Dispatch[] {
  return [
    ...projectAndAppend(context, index, cache),
    ...attendOne(context, index, cache, undefined),
    ...projectOut(context, index),
  ];
}

/** residual += differential attention of one row, with queries of its own, over the full layer's keys and values. */
export function crossAttention(context: LayerContext, index: number, cache: KvCache): Dispatch[] {
  return [
    ...normedLinear(context, mixerNorm(index), { ...projection(context, index), epilogue: { kind: "store" } }),
    ...attendOne(context, index, cache, undefined),
    ...projectOut(context, index),
  ];
}

/** Only the keys and values of the full layer, for every row: all that prefill needs of it. */
export function fillCache(context: LayerContext, index: number, cache: KvCache): Dispatch[] {
  // One row takes its queries along: where the product appends, to a cache in f16, they cost less than an append of its own,
  // and elsewhere little.
  if (context.fuses) return projectAndAppend(context, index, cache);
  const { config, activations } = context;
  const { matrix, vector } = layerWeights(context, index);
  const weight = matrix("attn.Wqkv.weight");
  const queries = config.hiddenSize;
  return [
    ...normedLinear(context, mixerNorm(index), {
      weight: sliceRows(weight, `${weight.label} keys and values`, queries, weight.rows - queries),
      bias: vector("attn.Wqkv.bias"),
      biasOffset: queries,
      out: activations.qkv,
      epilogue: { kind: "store" },
    }),
    append(context, cache, 0),
  ];
}

function projectAndAppend(context: LayerContext, index: number, cache: KvCache): Dispatch[] {
  const { step, fuses, config } = context;
  const { weight, ...others } = projection(context, index);
  // A scale takes a whole head, which no workgroup of the fused matrix sees: 8 bits are stored by a dispatch of their own.
  if (fuses && weight.format === "int4" && !cache.scales) {
    const epilogue = { kind: "append" as const, step, keys: cache.keys, values: cache.values };
    return fusedNormLinear(context, mixerNorm(index), { weight, ...others, epilogue });
  }
  return [
    ...normedLinear(context, mixerNorm(index), { weight, ...others, epilogue: { kind: "store" } }),
    append(context, cache, config.hiddenSize),
  ];
}

function projection(context: LayerContext, index: number) {
  const { matrix, vector } = layerWeights(context, index);
  return { weight: matrix("attn.Wqkv.weight"), bias: vector("attn.Wqkv.bias"), out: context.activations.qkv };
}

/** @param keyOffset the column of qkv at which the keys begin; the values follow them. */
function append({ gpu, config, step, activations }: LayerContext, cache: KvCache, keyOffset: number): Dispatch {
  const valueOffset = keyOffset + config.numKvHeads * config.headDim;
  const { keys, values, scales } = cache;
  const rows = { step, kv: activations.qkv, keyOffset, valueOffset, keys, values };
  return scales ? kvAppendInt8(gpu, { ...rows, scales }) : kvAppend(gpu, rows);
}

function attendNear(context: LayerContext, index: number, ring: KvCache, window: number): Dispatch[] {
  const { gpu, step, fuses, activations } = context;
  if (!fuses || !canAttendRow(gpu, window)) return attendOne(context, index, ring, window);
  const { keys, values } = ring;
  const out = between(context, "attended", outProj(context, index));
  const shared = { ...differential(context, index), ...heads(context), window };
  return [attentionRow(gpu, { step, q: activations.qkv, keys, values, out, ...shared })];
}

function attendOne(context: LayerContext, index: number, cache: KvCache, window: number | undefined): Dispatch[] {
  const { gpu, step, partials, activations } = context;
  const { keys, values, scales } = cache;
  const out = between(context, "attended", outProj(context, index));
  const shared = { step, partials, ...heads(context), splitLength: splitLength(window), ...(window ? { window } : {}) };
  return [
    attentionSplit(gpu, { ...shared, q: activations.qkv, keys, values, scales }),
    attentionMerge(gpu, { ...shared, ...differential(context, index), out }),
  ];
}

function attendMany(context: LayerContext, index: number, ring: KvCache, window: number): Dispatch[] {
  const { gpu, step, activations } = context;
  return [
    attentionWindow(gpu, {
      step,
      qkv: activations.qkv,
      keys: ring.keys,
      values: ring.values,
      ...differential(context, index),
      out: activations.attended,
      ...heads(context),
      window,
    }),
  ];
}

const heads = ({ config }: LayerContext) => ({
  heads: config.numHeads,
  kvHeads: config.numKvHeads,
  headDim: config.headDim,
});

const differential = (context: LayerContext, index: number) => ({
  lambdas: lookup(context.lambdas, index),
  subln: layerWeights(context, index).vector("attn.inner_cross_attn.subln.weight"),
  lambdaInit: lambdaInit(index),
});

const outProj = (context: LayerContext, index: number): Matrix =>
  layerWeights(context, index).matrix("attn.out_proj.weight");

function projectOut(context: LayerContext, index: number): Dispatch[] {
  const { vector } = layerWeights(context, index);
  const weight = outProj(context, index);
  const x = between(context, "attended", weight);
  return addToResidual(context, { weight, x, bias: vector("attn.out_proj.bias") }, mlpNorm(index));
}
