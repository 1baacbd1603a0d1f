import type { Gpu } from "../device";
import { createFixed, FIXED_ROWS } from "../fixed-point";
import { unitOf } from "../fixed-point.reference";
import { GROUP_SIZE } from "../int4";
import { type Tensor, upload } from "../tensor";

/** A row in fixed point of these values, packed on the CPU. */
export function fixedTensor(gpu: Gpu, label: string, values: Float32Array): Tensor {
  const tensor = createFixed(gpu, label, values.length);
  const groups = values.length / GROUP_SIZE;
  const words = new Uint32Array(FIXED_ROWS * groups * 4);
  const bytes = new Int8Array(words.buffer);
  const units = new Float32Array(words.buffer);
  for (let group = 0; group < groups; group++) {
    const elements = values.subarray(group * GROUP_SIZE, (group + 1) * GROUP_SIZE);
    const unit = unitOf(elements.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
    for (const [i, value] of elements.entries()) {
      const whole = Math.round(value / unit);
      const low = (whole << 24) >> 24;
      bytes[((i % 2) * groups + group) * 16 + (i >> 1)] = (whole - low) >> 8;
      bytes[((2 + (i % 2)) * groups + group) * 16 + (i >> 1)] = low;
    }
    units[(4 * groups + group) * 4] = unit / 16;
  }
  upload(gpu, tensor, words);
  return tensor;
}
