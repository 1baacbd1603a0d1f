import type { Gpu } from "../../device";
import { type Dispatch, prepare } from "../../kernel";
import { assertShape, assertThat, ceilDiv } from "../../shape";
import type { Tensor } from "../../tensor";
import wgsl from "./kv-append.wgsl?raw";

const WORKGROUP_SIZE = 64;

export interface KvAppendTensors {
  step: Tensor;
  /** (tokens, stride) f32: a projection's rows, keys and values among their columns. */
  kv: Tensor;
  /** The first columns of `kv` that are keys and values; multiples of 4. */
  keyOffset: number;
  valueOffset: number;
  /** (capacity, kvHeads * headDim) f16; position p lives in slot p mod capacity. */
  keys: Tensor;
  /** (capacity, kvHeads * headDim) f16. */
  values: Tensor;
}

/**
 * Rounds the keys and values of rows 0 … step.tokens − 1 to f16 (nearest; beyond ±65504 to that) and stores them in the
 * slots of their positions. Writes nothing when step.done is 1.
 *
 * @throws ShapeError when shapes or types disagree, or columns do not come in whole fours.
 */
export function kvAppend(gpu: Gpu, { step, kv, keyOffset, valueOffset, keys, values }: KvAppendTensors): Dispatch {
  const [, stride = 0] = kv.shape;
  const [capacity = 0, width = 0] = keys.shape;
  assertShape("values", values.shape, keys.shape);
  assertThat(keys.type === "f16" && values.type === "f16", "keys and values are not both f16");
  const end = Math.max(keyOffset, valueOffset) + width;
  assertThat(end <= stride, `kv has ${stride} columns, expected at least ${end}`);
  for (const [name, count] of Object.entries({ stride, width, keyOffset, valueOffset })) {
    assertThat(count % 4 === 0, `kv-append: ${name} is ${count}, expected a multiple of 4`);
  }
  return prepare(gpu, {
    label: "kv-append",
    wgsl,
    constants: { capacity, width, stride, key_offset: keyOffset, value_offset: valueOffset },
    bindings: { 0: step, 1: kv, 2: keys, 3: values },
    workgroups: (rows) => [ceilDiv(width / 4, WORKGROUP_SIZE), rows, 1],
  });
}
