import type { Gpu } from "../../device";
import { assertFixed, isFixed } from "../../fixed-point";
import { type Dispatch, prepare } from "../../kernel";
import type { Matrix } from "../../matrix";
import { assertShape, assertThat, ceilDiv } from "../../shape";
import type { Tensor } from "../../tensor";
import wgsl from "./scan-step.wgsl?raw";

/** Of a workgroup: four lanes each. */
const CHANNELS = 32;
/** Of every published Mamba-1; a lane has four of them. */
const STATE_SIZE = 16;

export interface ScanStepTensors {
  step: Tensor;
  /** (1, 2 · innerSize) f32: [u | z], u after convolution and SiLU. */
  xz: Tensor;
  /** (1, deltaRank + 2 · 16) f32: [δ | B | C] from x_proj; deltaRank a multiple of 4. */
  projected: Tensor;
  /** (innerSize, deltaRank) f16: dt_proj, in one part. */
  weight: Matrix;
  /** (innerSize) f32: dt_proj's. */
  bias: Tensor;
  /** (innerSize, 16) f32: A = −exp(aLog). */
  aLog: Tensor;
  /** (innerSize) f32: D, the weight with which u passes by the states. */
  d: Tensor;
  /** (innerSize, 16) f32, zeros at the start of a sequence; read and written. Not written when step.done. */
  state: Tensor;
  /** (1, innerSize) f32; for scanStepGated also in fixed point, where innerSize is a multiple of 32. */
  out: Tensor;
}

/**
 * dt_proj and one token of the selective scan: what f16Matvec and scanGated do, in one dispatch.
 * FORMAT.md, "Mamba-1": Δ = softplus(W δ + bias), h ← exp(Δ A) h + Δ u B, y = C·h + D u, out = y ⊙ SiLU(z).
 *
 * @throws ShapeError when shapes disagree, stateSize is not 16, deltaRank not a multiple of 4, or the weight not f16 in
 *   one part.
 */
export const scanStepGated = (gpu: Gpu, tensors: ScanStepTensors): Dispatch =>
  scanStep(gpu, isFixed(tensors.out) ? "gated_fixed" : "gated", tensors);

/** Storage buffers of scanStepMemory with `gated`: one more than WebGPU promises. */
const GATED_MEMORY_BUFFERS = 9;

/** Whether this device can run scanStepMemory with `gated`. */
export const canGateMemory = ({ device }: Pick<Gpu, "device">): boolean =>
  device.limits.maxStorageBuffersPerShaderStage >= GATED_MEMORY_BUFFERS;

/**
 * The same without the gate, for the GMU memory: out = y, in f32. With `gated`, that becomes y ⊙ SiLU(z) as well, where
 * canGateMemory.
 *
 * @param tensors.gated innerSize columns in fixed point, innerSize a multiple of 32.
 * @throws ShapeError as scanStepGated.
 */
export const scanStepMemory = (gpu: Gpu, tensors: ScanStepTensors & { gated?: Tensor }): Dispatch =>
  scanStep(gpu, tensors.gated ? "memory_fixed" : "memory", tensors);

function scanStep(
  gpu: Gpu,
  entryPoint: "gated" | "gated_fixed" | "memory" | "memory_fixed",
  { step, xz, projected, weight, bias, aLog, d, state, out, gated }: ScanStepTensors & { gated?: Tensor },
): Dispatch {
  const { rows: innerSize, cols: deltaRank, parts, label, format } = weight;
  assertThat(format === "f16", `${label} is ${format}, expected f16`);
  const [part] = parts;
  assertThat(part !== undefined && parts.length === 1, `${label} is in ${parts.length} parts, expected 1`);
  assertThat(deltaRank % 4 === 0, `${label} has ${deltaRank} columns, expected a multiple of 4`);
  assertShape("xz", xz.shape, [1, 2 * innerSize]);
  assertShape("projected", projected.shape, [1, deltaRank + 2 * STATE_SIZE]);
  assertShape("bias", bias.shape, [innerSize]);
  assertShape("aLog", aLog.shape, [innerSize, STATE_SIZE]);
  assertShape("d", d.shape, [innerSize]);
  assertShape("state", state.shape, [innerSize, STATE_SIZE]);
  const fixed = entryPoint === "gated_fixed" ? out : gated;
  if (fixed) assertFixed(fixed, innerSize);
  if (fixed !== out) assertShape("out", out.shape, [1, innerSize]);
  const outputs = { ...(fixed === out ? {} : { 8: out }), ...(fixed ? { 9: fixed } : {}) };
  return prepare(gpu, {
    label: `scan-step ${entryPoint.startsWith("memory") ? "memory" : "gated"}`,
    wgsl,
    entryPoint,
    constants: { inner_size: innerSize, delta_vectors: deltaRank / 4, buffer_row: part.bufferRow },
    bindings: { 0: step, 1: xz, 2: projected, 3: part.values, 4: bias, 5: aLog, 6: d, 7: state, ...outputs },
    workgroups: () => [ceilDiv(innerSize, CHANNELS), 1, 1],
  });
}
