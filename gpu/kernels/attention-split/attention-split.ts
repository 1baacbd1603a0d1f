import type { Gpu } from "../../device";
import { type Dispatch, prepare, type Workgroups } from "../../kernel";
import { assertShape, assertThat, ceilDiv, type Shape } from "../../shape";
import type { Tensor } from "../../tensor";
import wgsl from "./attention-split.wgsl?raw";

const HEAD_DIM = 64;
/** Query heads whose keys and values one workgroup loads together. */
const HEADS_AT_ONCE = 4;

/** "tiled" goes through workgroup memory; "direct" does without barriers, for software adapters. */
export type AttentionSplitPath = "tiled" | "direct";

export interface AttentionSplitTensors {
  step: Tensor;
  /** (1, stride) f32; the first heads * headDim columns are the queries. */
  q: Tensor;
  /**
   * (capacity, kvHeads * headDim) f16, the query's own position appended; position p lives in slot p mod capacity.
   * With `scales`: (capacity, kvHeads * headDim / 4) u32, four signed bytes in a word.
   */
  keys: Tensor;
  /** Shape and type as the keys'. */
  values: Tensor;
  /** Of 8-bit keys and values only: (capacity, kvHeads, 2) f16, of each head the keys' scale, then the values'. */
  scales?: Tensor | undefined;
  /** partialsShape(heads, headDim, splits) f32; the number of splits is read from it. */
  partials: Tensor;
  heads: number;
  kvHeads: number;
  /** 64. */
  headDim: number;
  /** Keys that the query sees, its own included. Absent: all. */
  window?: number | undefined;
  /**
   * Keys of a split, while the splits suffice for all keys; with more keys a split takes a multiple of it. Best 32 or a
   * multiple of 64, since keys are read in tiles: of 32 keys if no split is longer, else of 64.
   */
  splitLength: number;
}

/**
 * Any number of splits up to 64 will do. ceil(keys / splitLength) of them keep splits at their length; fewer bound the
 * memory, and the work of attention-merge, for a long cache.
 *
 * Of each split and head: the sum of the values (2 * headDim), the highest score, the sum of the weights, two zeros.
 */
export const partialsShape = (heads: number, headDim: number, splits: number): Shape => [
  splits,
  heads,
  2 * headDim + 4,
];

/**
 * Softmax sums of one query row over each split of the visible keys, for attention-merge to put together. The query
 * is the step's last row, at position + tokens − 1. FORMAT.md, "Differential attention".
 *
 * @param path for measuring and tests; the default is what suits the adapter.
 * @throws ShapeError when shapes, types or numbers of heads disagree.
 */
export function attentionSplit(gpu: Gpu, tensors: AttentionSplitTensors, path = defaultPath(gpu)): Dispatch {
  assertFits(tensors);
  const { step, q, keys, values, scales, partials, heads, kvHeads, splitLength } = tensors;
  const [capacity = 0] = keys.shape;
  const [splits = 0] = partials.shape;
  const { window: visible = capacity } = tensors;
  const used = Math.min(splits, ceilDiv(visible, splitLength));
  const kvPairs = kvHeads / 2;
  const workgroups: Workgroups =
    path === "direct" ? [heads / 2, used, 1] : [kvPairs, used, ceilDiv(heads / kvPairs, HEADS_AT_ONCE)];
  return prepare(gpu, {
    label: scales ? "attention-split-int8" : "attention-split",
    wgsl,
    entryPoint: scales ? `${path}_int8` : path,
    constants: { heads, kv_heads: kvHeads, capacity, window: visible, splits, split_length: splitLength },
    bindings: { 0: step, 1: q, 4: partials, ...(scales ? { 5: keys, 6: values, 7: scales } : { 2: keys, 3: values }) },
    workgroups: () => workgroups,
  });
}

const defaultPath = ({ adapter }: Gpu): AttentionSplitPath => (adapter.isFallback ? "direct" : "tiled");

function assertFits(tensors: AttentionSplitTensors): void {
  const { q, partials, heads, kvHeads, headDim, splitLength } = tensors;
  assertThat(headDim === HEAD_DIM, `attention-split: headDim is ${headDim}, expected ${HEAD_DIM}`);
  assertThat(kvHeads % 2 === 0 && heads % kvHeads === 0, `${heads} heads do not share ${kvHeads} kvHeads in pairs`);
  const [rows = 0, stride = 0] = q.shape;
  assertShape("q", [rows], [1]);
  assertThat(stride >= heads * headDim, `q has ${stride} columns, expected at least ${heads * headDim}`);
  assertCacheFits(tensors);
  const [splits = 0] = partials.shape;
  assertShape("partials", partials.shape, partialsShape(heads, headDim, splits));
  assertThat(
    Number.isInteger(splitLength) && splitLength >= 1,
    `splitLength is ${splitLength}, expected a whole number of at least 1`,
  );
}

function assertCacheFits({ keys, values, scales, kvHeads, headDim, window: visible }: AttentionSplitTensors): void {
  const [capacity = 0] = keys.shape;
  const width = kvHeads * headDim;
  assertShape("keys", keys.shape, [capacity, scales ? width / 4 : width]);
  assertShape("values", values.shape, keys.shape);
  const type = scales ? "u32" : "f16";
  assertThat(keys.type === type && values.type === type, `keys and values are not both ${type}`);
  if (scales) {
    assertShape("scales", scales.shape, [capacity, kvHeads, 2]);
    assertThat(scales.type === "f16", "scales are not f16");
  }
  assertThat(
    visible === undefined || (visible >= 1 && visible <= capacity),
    `keys has ${capacity} slots, fewer than the window of ${visible}`,
  );
}
