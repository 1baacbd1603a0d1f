import { constantOf } from "../../constant";
import type { Gpu } from "../../device";
import { assertFixed, isFixed } from "../../fixed-point";
import { type Dispatch, prepare } from "../../kernel";
import { assertShape, assertThat } from "../../shape";
import type { Tensor } from "../../tensor";
import wgsl from "./attention-merge.wgsl?raw";

const HEAD_DIM = 64;
/** What a workgroup's lanes can have in flight at once. */
export const MOST_SPLITS = 64;
/** No window: more keys than there can be. */
const ALL_KEYS = 2 ** 32 - 1;

/** "grouped" meets in workgroup memory; "direct" does without barriers, for software adapters. */
export type AttentionMergePath = "grouped" | "direct";

export interface AttentionMergeTensors {
  step: Tensor;
  /** (splits, heads, 2 * headDim + 4) f32, at most 64 splits, written by attention-split with the same step, window and splitLength. */
  partials: Tensor;
  /** (4, headDim) f32: lambda_q1, lambda_k1, lambda_q2, lambda_k2. */
  lambdas: Tensor;
  /** (2 * headDim) f32. */
  subln: Tensor;
  /** 0.8 − 0.6 exp(−0.3 · layer index). */
  lambdaInit: number;
  /** (1, heads * headDim) f32; on the grouped path also in fixed point. */
  out: Tensor;
  heads: number;
  /** 64. */
  headDim: number;
  /** As given to attention-split. */
  window?: number | undefined;
  splitLength: number;
}

/**
 * Puts the splits of attention-split together: softmax₁ V − λ softmax₂ V, RMSNorm over 2 * headDim, times (1 − λinit).
 * FORMAT.md, "Differential attention".
 *
 * @param path for measuring and tests; the default is what suits the adapter.
 * @throws ShapeError when shapes disagree.
 */
export function attentionMerge(gpu: Gpu, tensors: AttentionMergeTensors, path = pathFor(gpu, tensors)): Dispatch {
  const { step, partials, lambdas, subln, lambdaInit, out, heads, headDim, splitLength } = tensors;
  const { window: visible = ALL_KEYS } = tensors;
  const [splits = 0] = partials.shape;
  assertThat(headDim === HEAD_DIM, `attention-merge: headDim is ${headDim}, expected ${HEAD_DIM}`);
  assertThat(heads % 2 === 0, `${heads} heads do not come in pairs`);
  assertShape("partials", partials.shape, [splits, heads, 2 * headDim + 4]);
  assertThat(splits <= MOST_SPLITS, `partials has ${splits} splits, expected at most ${MOST_SPLITS}`);
  assertShape("lambdas", lambdas.shape, [4, headDim]);
  assertShape("subln", subln.shape, [2 * headDim]);
  if (isFixed(out)) assertFixed(out, heads * headDim);
  else assertShape("out", out.shape, [1, heads * headDim]);
  assertThat(path === "grouped" || !isFixed(out), "attention-merge: the direct path writes no fixed point");
  return prepare(gpu, {
    label: "attention-merge",
    wgsl,
    entryPoint: isFixed(out) ? "grouped_fixed" : path,
    constants: { heads, window: visible, splits, split_length: splitLength, groups: groupsFor(gpu, splits) },
    bindings: { 0: step, 1: partials, 2: lambdas, 3: subln, 4: out, 5: constantOf(gpu, lambdaInit) },
    workgroups: () => [heads / 2, 1, 1],
  });
}

/** Of 32 lanes for either head: as many as have all splits in flight at once, or in two turns. */
const groupsFor = ({ device }: Gpu, splits: number): 4 | 8 =>
  splits > 16 && device.limits.maxComputeInvocationsPerWorkgroup >= 512 ? 8 : 4;

const pathFor = ({ adapter }: Gpu, { out }: AttentionMergeTensors): AttentionMergePath =>
  adapter.isFallback && !isFixed(out) ? "direct" : "grouped";
