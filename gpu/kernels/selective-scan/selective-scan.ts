import type { Gpu } from "../../device";
import { type Dispatch, type KernelCall, prepare } from "../../kernel";
import { assertShape, assertThat, ceilDiv } from "../../shape";
import type { Tensor } from "../../tensor";
import wgsl from "./selective-scan.wgsl?raw";

/** "serial" has a lane for each channel; "blocks" has 16, and a barrier, for graphics cards. */
export const SCAN_PATHS = ["serial", "blocks"] as const;
export type ScanPath = (typeof SCAN_PATHS)[number];

/** Channels that a workgroup serves. */
const CHANNELS: Readonly<Record<ScanPath, number>> = { serial: 64, blocks: 8 };
/** Of every published Mamba-1; the kernel holds the states of a channel in one mat4x4f. */
const STATE_SIZE = 16;

interface ScanTensors {
  step: Tensor;
  /** (tokens, innerSize) f32, after convolution and SiLU. */
  u: Tensor;
  /** (tokens, innerSize) f32: Δ before softplus, dt_proj's bias included. */
  delta: Tensor;
  /** (tokens, deltaRank + 2 · 16) f32: [δ | B | C] from x_proj; deltaRank a multiple of 4. */
  projected: Tensor;
  /** (innerSize, 16) f32: A = −exp(aLog). */
  aLog: Tensor;
  /** (innerSize) f32: D, the weight with which u passes by the states. */
  d: Tensor;
  /** (innerSize, 16) f32, zeros at the start of a sequence. Not written when step.done. */
  state: Tensor;
}

export interface ScanGatedTensors extends ScanTensors {
  /** (tokens, innerSize) f32; becomes y ⊙ SiLU(z). */
  u: Tensor;
  /** (tokens, 2 · innerSize) f32 from in_proj; its right half is z. */
  xz: Tensor;
}

export interface ScanMemoryTensors extends ScanTensors {
  /** (tokens, innerSize) f32; becomes y, which the GMUs read. */
  memory: Tensor;
}

/**
 * The selective scan, gated and in place: u ← y ⊙ SiLU(z). FORMAT.md, "Mamba-1": Δ = softplus(delta),
 * h ← exp(Δ A) h + Δ u B, y = C·h + D u.
 *
 * @param path for measuring; the default is what suits the adapter.
 * @throws ShapeError when shapes disagree, stateSize is not 16 or deltaRank not a multiple of 4.
 */
export function scanGated(gpu: Gpu, { xz, ...tensors }: ScanGatedTensors, path = pathFor(gpu, tensors)): Dispatch {
  const [tokens = 0, innerSize = 0] = tensors.u.shape;
  assertShape("xz", xz.shape, [tokens, 2 * innerSize]);
  return prepare(gpu, scanCall("gated", path, tensors, { 7: xz }));
}

/**
 * The selective scan without the gate: memory ← y. FORMAT.md, "Layer kinds": the GMU memory is the "scan output
 * *including* D·u and *before* the SiLU(z) gate".
 *
 * @param path for measuring; the default is what suits the adapter.
 * @throws ShapeError when shapes disagree, stateSize is not 16 or deltaRank not a multiple of 4.
 */
export function scanMemory(
  gpu: Gpu,
  { memory, ...tensors }: ScanMemoryTensors,
  path = pathFor(gpu, tensors),
): Dispatch {
  assertShape("memory", memory.shape, tensors.u.shape);
  return prepare(gpu, scanCall("memory", path, tensors, { 8: memory }));
}

/** One row is one block, and a device that runs on the CPU is filled by the channels. */
const pathFor = ({ adapter }: Gpu, { u }: ScanTensors): ScanPath =>
  adapter.isFallback || u.shape[0] === 1 ? "serial" : "blocks";

function scanCall(
  result: "gated" | "memory",
  path: ScanPath,
  { step, u, delta, projected, aLog, d, state }: ScanTensors,
  own: KernelCall["bindings"],
): KernelCall {
  const [tokens = 0, innerSize = 0] = u.shape;
  const [projectedTokens = 0, projectedSize = 0] = projected.shape;
  const deltaRank = projectedSize - 2 * STATE_SIZE;
  assertShape("u", u.shape, [tokens, innerSize]);
  assertShape("delta", delta.shape, [tokens, innerSize]);
  assertShape("projected", [projectedTokens], [tokens]);
  assertThat(
    deltaRank >= 0 && deltaRank % 4 === 0,
    `projected has ${projectedSize} columns, expected ${2 * STATE_SIZE} and a multiple of 4`,
  );
  assertShape("aLog", aLog.shape, [innerSize, STATE_SIZE]);
  assertShape("d", d.shape, [innerSize]);
  assertShape("state", state.shape, [innerSize, STATE_SIZE]);
  return {
    label: `scan-${result} ${path}`,
    wgsl,
    entryPoint: `${result}_${path}`,
    constants: { inner_size: innerSize, delta_vectors: deltaRank / 4 },
    bindings: { 0: step, 1: u, 2: delta, 3: projected, 4: aLog, 5: d, 6: state, ...own },
    workgroups: () => [ceilDiv(innerSize, CHANNELS[path]), 1, 1],
  };
}
