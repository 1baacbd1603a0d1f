import type { Gpu } from "@gpu/device";
import { createTensor, type Tensor } from "@gpu/tensor";

/** Vectors of one size side by side, (count, size), so that a kernel binds one buffer for them. */
export function stack(gpu: Gpu, label: string, vectors: readonly Tensor[]): Tensor {
  const [size = 0] = vectors[0]?.shape ?? [];
  const bytes = size * Float32Array.BYTES_PER_ELEMENT;
  const stacked = createTensor(gpu, label, [vectors.length, size]);
  const encoder = gpu.device.createCommandEncoder({ label: `stack ${label}` });
  for (const [row, { buffer }] of vectors.entries()) {
    encoder.copyBufferToBuffer(buffer, 0, stacked.buffer, row * bytes, bytes);
  }
  gpu.device.queue.submit([encoder.finish()]);
  return stacked;
}
