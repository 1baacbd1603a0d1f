import type { Gpu } from "../../device";
import { assertNormed, OCTET } from "../../fixed-point";
import { type Dispatch, prepare } from "../../kernel";
import { assertShape, ceilDiv } from "../../shape";
import type { Tensor } from "../../tensor";
import wgsl from "./to-fixed.wgsl?raw";

const WORKGROUP_SIZE = 64;

export interface ToFixedTensors {
  /** (1, cols) f32, cols a multiple of 32. */
  x: Tensor;
  /** (at least 1, cols) f32: row 0 is the weight of the LayerNorm that x waits for. */
  parameters: Tensor;
  /** cols columns in fixed point, with moments. */
  out: Tensor;
}

/**
 * weight ⊙ x in fixed point, with the moments of x, for a product behind a LayerNorm. gpu/fixed-point.ts.
 *
 * @throws ShapeError when shapes disagree.
 */
export function toFixed(gpu: Gpu, { x, parameters, out }: ToFixedTensors): Dispatch {
  const [, cols = 0] = x.shape;
  assertShape(x.label, x.shape, [1, cols]);
  assertNormed(out, cols);
  assertShape(parameters.label, parameters.shape, [parameters.shape[0] ?? 0, cols]);
  const octets = cols / OCTET;
  return prepare(gpu, {
    label: "to-fixed",
    wgsl,
    entryPoint: "to_fixed",
    constants: { octets },
    bindings: { 0: x, 1: parameters, 2: out },
    workgroups: () => [ceilDiv(octets, WORKGROUP_SIZE), 1, 1],
  });
}
