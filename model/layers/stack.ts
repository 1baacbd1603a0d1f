import type { Gpu } from "@gpu/device";
import { createTensor, type Tensor } from "@gpu/tensor";

/** Vectors of one size side by side, (count, size), so that a kernel binds one buffer for them. */
export interface Stack extends Tensor {
  /** (size) f32 each. */
  readonly vectors: readonly Tensor[];
}

/** Zeros until `fillStacks`. */
export function createStack(gpu: Gpu, label: string, vectors: readonly Tensor[]): Stack {
  const [size = 0] = vectors[0]?.shape ?? [];
  return { ...createTensor(gpu, label, [vectors.length, size]), vectors };
}

/** Copies to each stack what its vectors hold now. */
export function fillStacks({ device }: Gpu, stacks: Iterable<Stack>): void {
  const encoder = device.createCommandEncoder({ label: "stack vectors" });
  for (const { buffer, shape, vectors } of stacks) {
    const bytes = (shape[1] ?? 0) * Float32Array.BYTES_PER_ELEMENT;
    for (const [row, vector] of vectors.entries()) {
      encoder.copyBufferToBuffer(vector.buffer, 0, buffer, row * bytes, bytes);
    }
  }
  device.queue.submit([encoder.finish()]);
}
