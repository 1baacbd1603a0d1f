import type { Gpu } from "@gpu/device";
import { type KvCache, tensorsOf } from "./kv-cache";
import { rowBytes } from "./snapshot";

/** Positions [from, to) of a cache. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** A copy of some positions of a cache: the keys of all of them, then the values, then the scales if there are any. */
export interface CacheRows extends RowRange {
  readonly buffer: GPUBuffer;
}

/** Of one position of a cache. */
export const cacheRowBytes = (cache: KvCache): number =>
  tensorsOf(cache).reduce((sum, tensor) => sum + rowBytes(tensor), 0);

/** Copies positions of a cache that does not wrap. */
export function takeRows(gpu: Gpu, cache: KvCache, { from, to }: RowRange): CacheRows {
  const size = (to - from) * cacheRowBytes(cache);
  const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffer = gpu.device.createBuffer({ label: `rows ${from} to ${to}`, size, usage });
  const encoder = gpu.device.createCommandEncoder({ label: "take rows" });
  let at = 0;
  for (const tensor of tensorsOf(cache)) {
    const bytes = (to - from) * rowBytes(tensor);
    encoder.copyBufferToBuffer(tensor.buffer, from * rowBytes(tensor), buffer, at, bytes);
    at += bytes;
  }
  gpu.device.queue.submit([encoder.finish()]);
  return { buffer, from, to };
}

/** Writes positions back to where they were; the range lies within what was copied. */
export function restoreRows(gpu: Gpu, cache: KvCache, rows: CacheRows, { from, to }: RowRange): void {
  const encoder = gpu.device.createCommandEncoder({ label: "restore rows" });
  let at = 0;
  for (const tensor of tensorsOf(cache)) {
    const bytes = rowBytes(tensor);
    const offset = at + (from - rows.from) * bytes;
    encoder.copyBufferToBuffer(rows.buffer, offset, tensor.buffer, from * bytes, (to - from) * bytes);
    at += (rows.to - rows.from) * bytes;
  }
  gpu.device.queue.submit([encoder.finish()]);
}
