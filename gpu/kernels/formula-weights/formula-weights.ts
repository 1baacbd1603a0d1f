import type { Gpu } from "../../device";
import { MOST_WORKGROUPS } from "../../grid";
import { type Dispatch, prepare } from "../../kernel";
import { assertThat, ceilDiv, elementCount } from "../../shape";
import { createTensor, type Tensor } from "../../tensor";
import wgsl from "./formula-weights.wgsl?raw";

const WORKGROUP_SIZE = 256;
const SLICE_WORDS = 8;

/** Elements that one run may write at most, in either format. */
export const MOST_FORMULA_ELEMENTS = MOST_WORKGROUPS * WORKGROUP_SIZE;

/** The elements that a run writes, and their formula: value = base[index mod period] + factor · r. */
export interface FormulaSlice {
  /** FNV-1a of the tensor's name. */
  readonly seed: number;
  readonly factor: number;
  /** Elements of `base`. */
  readonly period: number;
  /** Index in the tensor of the first element, below 2³². */
  readonly first: number;
  /** f16: even. */
  readonly count: number;
  /** The element of `out` at which the first one goes. f16: even. */
  readonly outFirst: number;
}

export interface FormulaWeightsTensors {
  /** (8) u32, written by writeFormulaSlice. */
  slice: Tensor;
  /** (at least slice.period) f32. */
  base: Tensor;
  /** f32, or f16 packed two to a word. */
  out: Tensor | GPUBuffer;
  outType: "f32" | "f16";
}

export const createFormulaSlice = (gpu: Gpu, label: string): Tensor => createTensor(gpu, label, [SLICE_WORDS], "u32");

/**
 * Takes effect for all runs submitted afterwards.
 *
 * @throws ShapeError when `period` is 0 or there are more elements than one run writes.
 */
export function writeFormulaSlice(gpu: Gpu, tensor: Tensor, slice: FormulaSlice): void {
  const { seed, first, count, outFirst, factor, period } = slice;
  assertThat(period > 0, `${tensor.label}: the period is 0`);
  assertThat(count <= MOST_FORMULA_ELEMENTS, `${tensor.label}: ${count} elements exceed one run of formula-weights`);
  const words = new Uint32Array([seed, first, count, outFirst, 0, period, 0, 0]);
  new Float32Array(words.buffer)[4] = factor;
  gpu.device.queue.writeBuffer(tensor.buffer, 0, words);
}

/**
 * Writes formula weights (model/oracle/recipe/FORMAT.md, "Formula weights"), bit for bit what
 * model/oracle/formula-weights.ts makes. The "tokens" of a run are the slice's elements.
 *
 * @throws ShapeError when `slice` has another size.
 */
export function formulaWeights(gpu: Gpu, { slice, base, out, outType }: FormulaWeightsTensors): Dispatch {
  const words = elementCount(slice.shape);
  assertThat(words === SLICE_WORDS, `${slice.label} has ${words} words, expected ${SLICE_WORDS}`);
  const perInvocation = outType === "f16" ? 2 : 1;
  return prepare(gpu, {
    label: "formula-weights",
    wgsl,
    entryPoint: `as_${outType}`,
    constants: {},
    bindings: { 0: slice, 1: base, 2: out },
    workgroups: (count) => [ceilDiv(count, perInvocation * WORKGROUP_SIZE), 1, 1],
  });
}
