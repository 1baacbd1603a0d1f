import type { Gpu } from "../../device";
import { type Dispatch, prepare } from "../../kernel";
import { assertShape, assertThat, ceilDiv } from "../../shape";
import type { Tensor } from "../../tensor";
import wgsl from "./kv-append-int8.wgsl?raw";

const WORKGROUP_SIZE = 64;
/** Words of a head's 64 codes. */
const HEAD_WORDS = 16;

export interface KvAppendInt8Tensors {
  step: Tensor;
  /** (tokens, stride) f32: a projection's rows, keys and values among their columns. */
  kv: Tensor;
  /** The first columns of `kv` that are keys and values; multiples of 4. */
  keyOffset: number;
  valueOffset: number;
  /** (capacity, kvHeads * 16) u32: four signed bytes in a word; position p lives in slot p mod capacity. */
  keys: Tensor;
  /** (capacity, kvHeads * 16) u32. */
  values: Tensor;
  /** (capacity, kvHeads, 2) f16: of each head the keys' scale, then the values'. */
  scales: Tensor;
}

/**
 * Rounds the keys and values of rows 0 … step.tokens − 1 to signed bytes, with a scale for the 64 of a head, and stores
 * them in the slots of their positions. No value moves by more than half a scale, (1 + 2⁻¹⁰) / 254 of its head's largest
 * (or 2⁻¹⁵, where that is more). Writes nothing when step.done is 1.
 *
 * @throws ShapeError when shapes or types disagree, or columns do not come in whole fours.
 */
export function kvAppendInt8(gpu: Gpu, tensors: KvAppendInt8Tensors): Dispatch {
  const { step, kv, keyOffset, valueOffset, keys, values, scales } = tensors;
  const [, stride = 0] = kv.shape;
  const [capacity = 0, kvHeads = 0] = scales.shape;
  const width = kvHeads * HEAD_WORDS;
  assertShape("scales", scales.shape, [capacity, kvHeads, 2]);
  assertShape("keys", keys.shape, [capacity, width]);
  assertShape("values", values.shape, keys.shape);
  assertThat(keys.type === "u32" && values.type === "u32", "the codes of keys and values are not both u32");
  assertThat(scales.type === "f16", "scales are not f16");
  const end = Math.max(keyOffset, valueOffset) + 4 * width;
  assertThat(end <= stride, `kv has ${stride} columns, expected at least ${end}`);
  for (const [name, count] of Object.entries({ stride, keyOffset, valueOffset })) {
    assertThat(count % 4 === 0, `kv-append-int8: ${name} is ${count}, expected a multiple of 4`);
  }
  return prepare(gpu, {
    label: "kv-append-int8",
    wgsl,
    constants: { capacity, kv_heads: kvHeads, stride, key_offset: keyOffset, value_offset: valueOffset },
    bindings: { 0: step, 1: kv, 2: keys, 3: values, 4: scales },
    workgroups: (rows) => [ceilDiv(width, WORKGROUP_SIZE), rows, 1],
  });
}
