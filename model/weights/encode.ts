import { GROUP_SIZE } from "@gpu/int4";
import { assertThat } from "@gpu/shape";
import { encodeF16, UnstorableValueError } from "./half";
import { quantizeInt4 } from "./quantize";
import type { StoredFormat } from "./stored-tensor";

/** Stored bytes of a run of elements. */
export interface EncodedRun {
  readonly values: Uint8Array<ArrayBuffer>;
  /** Empty unless int4. */
  readonly scales: Uint8Array<ArrayBuffer>;
}

/**
 * Turns consecutive elements of a tensor into stored bytes, as `encodeRun` does, or faster elsewhere. For int4 it is
 * given whole groups. It is called again when the former call has ended, and the values are others then. It must be
 * deterministic: a chunk made again has to have the same hash.
 */
export type Encode = (format: StoredFormat, values: Float32Array) => EncodedRun | Promise<EncodedRun>;

/**
 * Encodes consecutive elements, in row-major order, of a tensor. Runs of one tensor can simply be joined.
 *
 * @param values int4: whole groups of 32
 * @throws UnstorableValueError naming the element of the run; ShapeError for a run that ends inside a group.
 */
export function encodeRun(format: StoredFormat, values: Float32Array): EncodedRun {
  if (format === "f32") return { values: encodeF32(values), scales: new Uint8Array() };
  if (format === "f16") {
    const halves = new Uint16Array(values.length);
    encodeF16(values, halves);
    return { values: new Uint8Array(halves.buffer), scales: new Uint8Array() };
  }
  assertThat(values.length % GROUP_SIZE === 0, `a run of ${values.length} elements is not whole groups`);
  const codes = new Uint8Array(values.length / 2);
  const scales = new Uint16Array(values.length / GROUP_SIZE);
  quantizeInt4(values, codes, scales);
  return { values: codes, scales: new Uint8Array(scales.buffer) };
}

function encodeF32(values: Float32Array): Uint8Array<ArrayBuffer> {
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw new UnstorableValueError(`element ${wrong} is ${values[wrong]}, which no model has`);
  return new Uint8Array(new Float32Array(values).buffer);
}
