import type { Gpu } from "@gpu/device";
import { downloadBytes, type Tensor } from "@gpu/tensor";
import type { KvCache } from "../state/kv-cache";
import { decodeF16 } from "../weights/half";

/** Keys or values (width) that a cache still holds, by position. */
export async function readCache(
  gpu: Gpu,
  cache: KvCache,
  which: "keys" | "values",
): Promise<(position: number) => Float32Array> {
  const numbers = cache.scales ? await fromCodes(gpu, cache, cache.scales, which) : await halves(gpu, cache[which]);
  const width = numbers.length / cache.capacity;
  return (position) => numbers.subarray((position % cache.capacity) * width).subarray(0, width);
}

async function halves(gpu: Gpu, tensor: Tensor): Promise<Float32Array> {
  const packed = new Uint16Array(await downloadBytes(gpu, tensor));
  const numbers = new Float32Array(packed.length);
  decodeF16(packed, numbers);
  return numbers;
}

async function fromCodes(gpu: Gpu, cache: KvCache, scales: Tensor, which: "keys" | "values"): Promise<Float32Array> {
  const codes = new Int8Array(await downloadBytes(gpu, cache[which]));
  const pairs = await halves(gpu, scales);
  const headDim = codes.length / (pairs.length / 2);
  const first = which === "keys" ? 0 : 1;
  return Float32Array.from(codes, (code, i) => code * (pairs[2 * Math.floor(i / headDim) + first] ?? Number.NaN));
}
