import type { Gpu } from "@gpu/device";
import { createTensor, type Tensor } from "@gpu/tensor";

/** Keys and values of one attention layer, f16. The position p lives in slot p mod capacity. */
export interface KvCache {
  /** (capacity, numKvHeads * headDim) f16. */
  readonly keys: Tensor;
  /** (capacity, numKvHeads * headDim) f16. */
  readonly values: Tensor;
  /** In positions. */
  readonly capacity: number;
}

/** @param width numKvHeads * headDim */
export function createKvCache(gpu: Gpu, label: string, capacity: number, width: number): KvCache {
  return {
    keys: createTensor(gpu, `${label} keys`, [capacity, width], "f16"),
    values: createTensor(gpu, `${label} values`, [capacity, width], "f16"),
    capacity,
  };
}

/** A larger cache that begins with what this one holds. The old one is freed once the GPU has copied it. */
export function growKvCache(gpu: Gpu, label: string, cache: KvCache, capacity: number): KvCache {
  const [, width = 0] = cache.keys.shape;
  const larger = createKvCache(gpu, label, capacity, width);
  const encoder = gpu.device.createCommandEncoder({ label: `grow ${label}` });
  for (const which of ["keys", "values"] as const) {
    const from = cache[which].buffer;
    encoder.copyBufferToBuffer(from, 0, larger[which].buffer, 0, from.size);
  }
  gpu.device.queue.submit([encoder.finish()]);
  destroyKvCache(cache);
  return larger;
}

export function destroyKvCache({ keys, values }: KvCache): void {
  keys.buffer.destroy();
  values.buffer.destroy();
}
