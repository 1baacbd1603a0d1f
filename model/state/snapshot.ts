import type { Gpu } from "@gpu/device";
import { byteLength, type Tensor } from "@gpu/tensor";
import type { SequenceState } from "./sequence-state";

/** A run of bytes that lies at `offset` of one of the state's buffers, and at `at` of the snapshot. */
interface Run {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly at: number;
  readonly bytes: number;
}

/** Bytes of a snapshot of a state that has read `position` tokens. From a window's length on they do not grow. */
export function snapshotBytes(state: SequenceState, position: number): number {
  const last = runsOf(state, position).at(-1);
  return last ? last.at + last.bytes : 0;
}

/**
 * Copies all of the state but its full cache into one buffer: recurrent states as they are, of each ring the keys and
 * values at which a coming token can still look.
 *
 * @param position tokens that the state has read.
 */
export function takeSnapshot(gpu: Gpu, state: SequenceState, position: number): GPUBuffer {
  const size = snapshotBytes(state, position);
  const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const snapshot = gpu.device.createBuffer({ label: `snapshot at ${position}`, size, usage });
  const encoder = gpu.device.createCommandEncoder({ label: "take snapshot" });
  for (const { buffer, offset, at, bytes } of runsOf(state, position)) {
    encoder.copyBufferToBuffer(buffer, offset, snapshot, at, bytes);
  }
  gpu.device.queue.submit([encoder.finish()]);
  return snapshot;
}

/** The inverse, for the position at which the snapshot was taken. The full cache is the caller's. */
export function restoreSnapshot(gpu: Gpu, state: SequenceState, position: number, snapshot: GPUBuffer): void {
  const encoder = gpu.device.createCommandEncoder({ label: "restore snapshot" });
  for (const { buffer, offset, at, bytes } of runsOf(state, position)) {
    encoder.copyBufferToBuffer(snapshot, at, buffer, offset, bytes);
  }
  gpu.device.queue.submit([encoder.finish()]);
}

function runsOf({ mamba, rings, slidingWindow }: SequenceState, position: number): Run[] {
  const runs: Run[] = [];
  let at = 0;
  const add = (buffer: GPUBuffer, offset: number, bytes: number) => {
    runs.push({ buffer, offset, at, bytes });
    at += bytes;
  };
  for (const { convState, ssmState } of mamba.values()) {
    for (const { buffer } of [convState, ssmState]) add(buffer, 0, buffer.size);
  }
  // The next token looks at itself and at one position less than the window.
  const oldest = Math.max(0, position - slidingWindow + 1);
  for (const { keys, values, capacity } of rings.values()) {
    for (const tensor of [keys, values]) {
      const bytes = rowBytes(tensor);
      for (let next = oldest; next < position; ) {
        const slot = next % capacity;
        const rows = Math.min(position - next, capacity - slot);
        add(tensor.buffer, slot * bytes, rows * bytes);
        next += rows;
      }
    }
  }
  return runs;
}

/** Of a tensor of rows, the slowest axis first. */
export const rowBytes = ({ shape, type }: Tensor): number => byteLength(shape.slice(1), type);
