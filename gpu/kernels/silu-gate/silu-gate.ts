import type { Gpu } from "../../device";
import { type Dispatch, prepare } from "../../kernel";
import { assertShape, assertThat, ceilDiv } from "../../shape";
import type { Tensor } from "../../tensor";
import wgsl from "./silu-gate.wgsl?raw";

const WORKGROUP_SIZE = 256;

export interface SiluGateTensors {
  step: Tensor;
  /** (tokens, size) f32. */
  x: Tensor;
  /** (tokens, at least gateOffset + size) f32. */
  gate: Tensor;
  /** (tokens, size) f32. */
  out: Tensor;
  /** The first column of `gate` that is read. */
  gateOffset?: number;
}

/**
 * out = x ⊙ silu(gate), silu(v) = v / (1 + exp(−v)). FORMAT.md, "Mamba-1": y ⊙ SiLU(z).
 *
 * @throws ShapeError when shapes disagree.
 */
export function siluGate(gpu: Gpu, { step, x, gate, out, gateOffset = 0 }: SiluGateTensors): Dispatch {
  const [tokens = 0, size = 0] = x.shape;
  const [gateTokens = 0, gateStride = 0] = gate.shape;
  assertShape("out", out.shape, x.shape);
  assertShape("gate", [gateTokens], [tokens]);
  assertThat(gateOffset + size <= gateStride, `gate has ${gateStride} columns, expected at least ${gateOffset + size}`);
  return prepare(gpu, {
    label: "silu-gate",
    wgsl,
    constants: { size, gate_stride: gateStride, gate_offset: gateOffset },
    bindings: { 0: step, 1: x, 2: gate, 3: out },
    workgroups: (rows) => [ceilDiv(size, WORKGROUP_SIZE), rows, 1],
  });
}
