import type { Gpu } from "@gpu/device";
import { createTensor, type Tensor } from "@gpu/tensor";
import type { ModelConfig } from "../config";

/** "int8": signed bytes with a scale for the 64 keys, and the 64 values, of each head; half the bytes of f16. */
export type CacheFormat = "f16" | "int8";

/** Keys and values of one attention layer. The position p lives in slot p mod capacity. */
export interface KvCache {
  /** (capacity, numKvHeads * headDim) f16, or (capacity, numKvHeads * headDim / 4) u32 of four bytes each. */
  readonly keys: Tensor;
  /** As the keys. */
  readonly values: Tensor;
  /** int8 only: (capacity, numKvHeads, 2) f16, of each head the keys' scale, then the values'. */
  readonly scales?: Tensor;
  /** In positions. */
  readonly capacity: number;
}

export function createKvCache(
  gpu: Gpu,
  label: string,
  { numKvHeads, headDim }: Pick<ModelConfig, "numKvHeads" | "headDim">,
  capacity: number,
  format: CacheFormat = "f16",
): KvCache {
  const width = numKvHeads * headDim;
  const rows = (which: "keys" | "values"): Tensor =>
    format === "int8"
      ? createTensor(gpu, `${label} ${which}`, [capacity, width / 4], "u32")
      : createTensor(gpu, `${label} ${which}`, [capacity, width], "f16");
  const halves = { keys: rows("keys"), values: rows("values"), capacity };
  if (format === "f16") return halves;
  return { ...halves, scales: createTensor(gpu, `${label} scales`, [capacity, numKvHeads, 2], "f16") };
}

/** A larger cache that begins with what this one holds. The old one is freed once the GPU has copied it. */
export function growKvCache(gpu: Gpu, cache: KvCache, capacity: number): KvCache {
  const encoder = gpu.device.createCommandEncoder({ label: "grow cache" });
  const grown = ({ label, shape, type, buffer }: Tensor): Tensor => {
    const larger = createTensor(gpu, label, [capacity, ...shape.slice(1)], type);
    encoder.copyBufferToBuffer(buffer, 0, larger.buffer, 0, buffer.size);
    return larger;
  };
  const { keys, values, scales } = cache;
  const larger = { keys: grown(keys), values: grown(values), ...(scales ? { scales: grown(scales) } : {}), capacity };
  gpu.device.queue.submit([encoder.finish()]);
  destroyKvCache(cache);
  return larger;
}

export function destroyKvCache({ keys, values, scales }: KvCache): void {
  for (const tensor of [keys, values, scales]) tensor?.buffer.destroy();
}
