import { constantOf } from "../../constant";
import type { Gpu } from "../../device";
import { type Dispatch, prepare } from "../../kernel";
import { assertShape, assertThat, ceilDiv } from "../../shape";
import type { Tensor } from "../../tensor";
import wgsl from "./attention-window.wgsl?raw";

const HEAD_DIM = 64;
/** "tiled" goes through workgroup memory; "direct" does without barriers, for software adapters. */
export type AttentionWindowPath = "tiled" | "direct";

/** Query rows of a workgroup. */
const TILE_ROWS: Readonly<Record<AttentionWindowPath, number>> = { tiled: 16, direct: 4 };

export interface AttentionWindowTensors {
  step: Tensor;
  /** (tokens, stride) f32; the first heads * headDim columns are the queries. */
  qkv: Tensor;
  /**
   * (capacity, kvHeads * headDim) f16 with this run's rows already appended; position p lives in slot p mod capacity.
   * A run may have capacity − window + 1 rows at most: more would have overwritten keys that its first row sees.
   */
  keys: Tensor;
  /** (capacity, kvHeads * headDim) f16. */
  values: Tensor;
  /** (4, headDim) f32: lambda_q1, lambda_k1, lambda_q2, lambda_k2. */
  lambdas: Tensor;
  /** (2 * headDim) f32. */
  subln: Tensor;
  /** 0.8 − 0.6 exp(−0.3 · layer index). */
  lambdaInit: number;
  /** (tokens, heads * headDim) f32. */
  out: Tensor;
  heads: number;
  kvHeads: number;
  /** 64. */
  headDim: number;
  /** Keys that a query sees, its own included. */
  window: number;
}

/**
 * Differential attention of every row over the window that ends with it: softmax₁ V − λ softmax₂ V, RMSNorm over
 * 2 * headDim, times (1 − λinit). FORMAT.md, "Differential attention".
 *
 * @param path for measuring and tests; the default is what suits the adapter.
 * @throws ShapeError when shapes, types or numbers of heads disagree, or the ring is too short for so many rows.
 */
export function attentionWindow(gpu: Gpu, tensors: AttentionWindowTensors, path = defaultPath(gpu)): Dispatch {
  assertFits(tensors);
  const { step, qkv, keys, values, lambdas, subln, lambdaInit, out, heads, kvHeads, window: visible } = tensors;
  const [, stride = 0] = qkv.shape;
  const [capacity = 0] = keys.shape;
  return prepare(gpu, {
    label: "attention-window",
    wgsl,
    entryPoint: path,
    constants: { heads, kv_heads: kvHeads, capacity, window: visible, stride },
    bindings: { 0: step, 1: qkv, 2: keys, 3: values, 4: lambdas, 5: subln, 6: out, 7: constantOf(gpu, lambdaInit) },
    workgroups: (rows) => [ceilDiv(rows, TILE_ROWS[path]), heads / 2, 1],
  });
}

const defaultPath = ({ adapter }: Gpu): AttentionWindowPath => (adapter.isFallback ? "direct" : "tiled");

function assertFits(tensors: AttentionWindowTensors): void {
  const { qkv, keys, values, lambdas, subln, out, heads, kvHeads, headDim, window: visible } = tensors;
  assertThat(headDim === HEAD_DIM, `attention-window: headDim is ${headDim}, expected ${HEAD_DIM}`);
  assertThat(kvHeads % 2 === 0 && heads % kvHeads === 0, `${heads} heads do not share ${kvHeads} kvHeads in pairs`);
  const [tokens = 0, stride = 0] = qkv.shape;
  assertThat(stride >= heads * headDim, `qkv has ${stride} columns, expected at least ${heads * headDim}`);
  assertThat(stride % 4 === 0, `qkv has ${stride} columns, expected a multiple of 4`);
  const [capacity = 0] = keys.shape;
  assertShape("keys", keys.shape, [capacity, kvHeads * headDim]);
  assertShape("values", values.shape, keys.shape);
  assertThat(keys.type === "f16" && values.type === "f16", "keys and values are not both f16");
  const needed = visible + tokens - 1;
  assertThat(
    visible >= 1 && capacity >= needed,
    `keys has ${capacity} slots, expected at least ${needed} for ${tokens} rows over a window of ${visible}`,
  );
  assertShape("lambdas", lambdas.shape, [4, headDim]);
  assertShape("subln", subln.shape, [2 * headDim]);
  assertShape("out", out.shape, [tokens, heads * headDim]);
}
