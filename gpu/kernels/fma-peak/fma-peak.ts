import type { Gpu } from "../../device";
import { type Dispatch, prepare } from "../../kernel";
import { assertThat, elementCount } from "../../shape";
import type { Tensor } from "../../tensor";
import wgsl from "./fma-peak.wgsl?raw";

const WORKGROUP_SIZE = 256;

/** Floating-point operations that one invocation does in one round; a multiply-add counts as two. */
export const OPERATIONS_PER_ROUND = 64;

/**
 * Runs `rounds` rounds in each of out's (invocations) f32, a multiple of 256.
 *
 * @throws ShapeError when the number of invocations is no such multiple.
 */
export function fmaPeak(gpu: Gpu, { out, rounds }: { out: Tensor; rounds: number }): Dispatch {
  const invocations = elementCount(out.shape);
  assertThat(invocations % WORKGROUP_SIZE === 0, `out has ${invocations} elements, expected a multiple of 256`);
  return prepare(gpu, {
    label: "fma-peak",
    wgsl,
    constants: { rounds },
    bindings: { 0: out },
    workgroups: () => [invocations / WORKGROUP_SIZE, 1, 1],
  });
}
