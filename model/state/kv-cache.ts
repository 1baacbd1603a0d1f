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

/** An empty cache like this one, of another capacity. */
export function createKvCacheLike(gpu: Gpu, { keys, values, scales }: KvCache, capacity: number): KvCache {
  const like = ({ label, shape, type }: Tensor): Tensor =>
    createTensor(gpu, label, [capacity, ...shape.slice(1)], type);
  return { keys: like(keys), values: like(values), ...(scales ? { scales: like(scales) } : {}), capacity };
}

/** Copies what a cache holds to the beginning of a larger one, and frees it once the GPU has done so. */
export function moveKvCache(gpu: Gpu, from: KvCache, to: KvCache): void {
  const encoder = gpu.device.createCommandEncoder({ label: "grow cache" });
  for (const [index, { buffer }] of tensorsOf(from).entries()) {
    const larger = tensorsOf(to)[index];
    if (larger) encoder.copyBufferToBuffer(buffer, 0, larger.buffer, 0, buffer.size);
  }
  gpu.device.queue.submit([encoder.finish()]);
  destroyKvCache(from);
}

export function destroyKvCache(cache: KvCache): void {
  for (const { buffer } of tensorsOf(cache)) buffer.destroy();
}

export const tensorsOf = ({ keys, values, scales }: KvCache): readonly Tensor[] => [
  keys,
  values,
  ...(scales ? [scales] : []),
];
