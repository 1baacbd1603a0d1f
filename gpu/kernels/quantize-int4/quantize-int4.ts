import type { Gpu } from "../../device";
import { MOST_WORKGROUPS } from "../../grid";
import { GROUP_SIZE } from "../../int4";
import { type Dispatch, prepare } from "../../kernel";
import { assertThat, ceilDiv, elementCount } from "../../shape";
import { createTensor, type Tensor } from "../../tensor";
import wgsl from "./quantize-int4.wgsl?raw";

const WORKGROUP_SIZE = 64;
const GROUPS_PER_WORKGROUP = 2 * WORKGROUP_SIZE;

/** Initial value of `fault`: every value could be held. */
export const NO_FAULT = 0xffffffff;

export interface QuantizeInt4Tensors {
  /** (4) u32, written by writeQuantizeSlice. */
  slice: Tensor;
  /** "f32": (elements) f32. "bf16": (elements) bf16, packed two to a word, as a checkpoint has them. */
  source: Tensor | GPUBuffer;
  sourceType: "f32" | "bf16";
  /** (groups, 4) words of 8 codes; gpu/int4.ts. */
  codes: Tensor | GPUBuffer;
  /** (groups) f16, packed two to a word. */
  scales: Tensor | GPUBuffer;
  /**
   * (1) u32, NO_FAULT before: becomes the least index in `source` of an element that int4 cannot hold (not finite, or
   * larger than 7 · 65,504), if there is one.
   */
  fault: Tensor;
}

/** Which groups a run writes; `source` always begins with the first of them. */
export interface QuantizeSlice {
  /** Of codes and scales. Even, since two scales share a word. */
  readonly firstGroup: number;
  /** Even. */
  readonly groups: number;
}

export const createQuantizeSlice = (gpu: Gpu, label: string): Tensor => createTensor(gpu, label, [4], "u32");

/**
 * Takes effect for all runs submitted afterwards.
 *
 * @throws ShapeError when a number is odd.
 */
export function writeQuantizeSlice(gpu: Gpu, slice: Tensor, { firstGroup, groups }: QuantizeSlice): void {
  assertThat(
    firstGroup % 2 === 0 && groups % 2 === 0,
    `${slice.label}: ${firstGroup} + ${groups} groups are not pairs`,
  );
  gpu.device.queue.writeBuffer(slice.buffer, 0, new Uint32Array([firstGroup, groups, 0, 0]));
}

/**
 * Values -> 4-bit codes and f16 scales (gpu/int4.ts), bit for bit what model/weights/quantize.ts makes of them. The
 * "tokens" of a run are the groups of the slice; at most 8,388,480.
 *
 * @throws ShapeError when `fault` or `slice` have another size.
 */
export function quantizeInt4(gpu: Gpu, tensors: QuantizeInt4Tensors): Dispatch {
  const { slice, source, sourceType, codes, scales, fault } = tensors;
  assertThat(elementCount(fault.shape) === 1, `${fault.label} has ${elementCount(fault.shape)} elements, expected 1`);
  assertThat(elementCount(slice.shape) === 4, `${slice.label} has ${elementCount(slice.shape)} words, expected 4`);
  return prepare(gpu, {
    label: "quantize-int4",
    wgsl,
    constants: { is_bf16: sourceType === "bf16" ? 1 : 0 },
    bindings: { 0: slice, 1: source, 2: codes, 3: scales, 4: fault },
    workgroups: (groups) => {
      const count = ceilDiv(groups, GROUPS_PER_WORKGROUP);
      assertThat(count <= MOST_WORKGROUPS, `${groups} groups of ${GROUP_SIZE} exceed one run of quantize-int4`);
      return [count, 1, 1];
    },
  });
}
