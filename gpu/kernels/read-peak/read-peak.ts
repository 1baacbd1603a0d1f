import type { Gpu } from "../../device";
import { type Dispatch, prepare } from "../../kernel";
import { assertThat, elementCount } from "../../shape";
import type { Tensor } from "../../tensor";
import wgsl from "./read-peak.wgsl?raw";

const WORKGROUP_SIZE = 256;

/**
 * Reads all of `data` (a multiple of 4 words, u32) and leaves in sums (invocations) u32 the xor of what each
 * invocation read. The number of invocations, a multiple of 256, is the caller's choice.
 *
 * @throws ShapeError when a count is no such multiple.
 */
export function readPeak(gpu: Gpu, { data, sums }: { data: Tensor; sums: Tensor }): Dispatch {
  const words = elementCount(data.shape);
  const invocations = elementCount(sums.shape);
  assertThat(words % 4 === 0, `data has ${words} words, expected a multiple of 4`);
  assertThat(invocations % WORKGROUP_SIZE === 0, `sums has ${invocations} elements, expected a multiple of 256`);
  return prepare(gpu, {
    label: "read-peak",
    wgsl,
    constants: { vector_count: words / 4, stride: invocations },
    bindings: { 0: data, 1: sums },
    workgroups: () => [invocations / WORKGROUP_SIZE, 1, 1],
  });
}
