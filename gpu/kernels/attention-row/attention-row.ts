import { constantOf } from "../../constant";
import type { Gpu } from "../../device";
import { assertFixed, isFixed } from "../../fixed-point";
import { type Dispatch, prepare } from "../../kernel";
import { assertShape, assertThat } from "../../shape";
import type { Tensor } from "../../tensor";
import wgsl from "./attention-row.wgsl?raw";

const HEAD_DIM = 64;
/** Of a workgroup; as many threads as a pair's output has columns. */
const LEAST_THREADS = 2 * HEAD_DIM;

export interface AttentionRowTensors {
  step: Tensor;
  /** (1, stride) f32; the first heads * headDim columns are the queries. */
  q: Tensor;
  /** (capacity, kvHeads * headDim) f16, the query's own position appended; position p lives in slot p mod capacity. */
  keys: Tensor;
  /** (capacity, kvHeads * headDim) f16. */
  values: Tensor;
  /** (4, headDim) f32: lambda_q1, lambda_k1, lambda_q2, lambda_k2. */
  lambdas: Tensor;
  /** (2 * headDim) f32. */
  subln: Tensor;
  /** 0.8 − 0.6 exp(−0.3 · layer index). */
  lambdaInit: number;
  /** (1, heads * headDim) f32, or in fixed point. */
  out: Tensor;
  heads: number;
  kvHeads: number;
  /** 64. */
  headDim: number;
  /** Keys that the query sees, its own included. */
  window: number;
}

/** Whether this device can have a thread for each key of the window. */
export function canAttendRow({ device }: Pick<Gpu, "device">, window: number): boolean {
  const { limits } = device;
  const threads = threadsFor(window);
  const mostThreads = Math.min(limits.maxComputeInvocationsPerWorkgroup, limits.maxComputeWorkgroupSizeX);
  return threads <= mostThreads && workgroupBytes(threads) <= limits.maxComputeWorkgroupStorageSize;
}

/**
 * Differential attention of one row over the window that ends with it, in one dispatch: what attentionSplit and attentionMerge do
 * in two. softmax₁ V − λ softmax₂ V, RMSNorm over 2 * headDim, times (1 − λinit). The query is the step's last row, at
 * position + tokens − 1. FORMAT.md, "Differential attention".
 *
 * @throws ShapeError when shapes, types or numbers of heads disagree, or the window is too long for this device.
 */
export function attentionRow(gpu: Gpu, tensors: AttentionRowTensors): Dispatch {
  assertFits(gpu, tensors);
  const { step, q, keys, values, lambdas, subln, lambdaInit, out, heads, kvHeads, window: visible } = tensors;
  const [capacity = 0] = keys.shape;
  return prepare(gpu, {
    label: "attention-row",
    wgsl,
    entryPoint: isFixed(out) ? "row_fixed" : "row",
    constants: { heads, kv_heads: kvHeads, capacity, window: visible, threads: threadsFor(visible) },
    bindings: { 0: step, 1: q, 2: keys, 3: values, 4: lambdas, 5: subln, 6: out, 7: constantOf(gpu, lambdaInit) },
    workgroups: () => [heads / 2, 1, 1],
  });
}

/** The least power of two that has a thread for each key. */
const threadsFor = (window: number): number => Math.max(LEAST_THREADS, 2 ** Math.ceil(Math.log2(window)));

/** Bytes of workgroup memory: parts of scores; scores, weights; peaks and sums of groups of 32; lambda, squares, outputs. */
const workgroupBytes = (threads: number): number =>
  32 * (threads + 4) + 2 * 8 * threads + (2 * 8 * threads) / 32 + 8 * 16 + 4 * (128 + 8 + 128);

function assertFits(gpu: Gpu, tensors: AttentionRowTensors): void {
  const { q, keys, values, lambdas, subln, out, heads, kvHeads, headDim, window: visible } = tensors;
  assertThat(headDim === HEAD_DIM, `attention-row: headDim is ${headDim}, expected ${HEAD_DIM}`);
  assertThat(kvHeads % 2 === 0 && heads % kvHeads === 0, `${heads} heads do not share ${kvHeads} kvHeads in pairs`);
  const [rows = 0, stride = 0] = q.shape;
  assertShape("q", [rows], [1]);
  assertThat(stride >= heads * headDim, `q has ${stride} columns, expected at least ${heads * headDim}`);
  const [capacity = 0] = keys.shape;
  assertShape("keys", keys.shape, [capacity, kvHeads * headDim]);
  assertShape("values", values.shape, keys.shape);
  assertThat(keys.type === "f16" && values.type === "f16", "keys and values are not both f16");
  assertThat(visible >= 1 && visible <= capacity, `keys has ${capacity} slots, fewer than the window of ${visible}`);
  assertThat(canAttendRow(gpu, visible), `a window of ${visible} takes a larger workgroup than this device has`);
  assertShape("lambdas", lambdas.shape, [4, headDim]);
  assertShape("subln", subln.shape, [2 * headDim]);
  if (isFixed(out)) assertFixed(out, heads * headDim);
  else assertShape("out", out.shape, [1, heads * headDim]);
}
