import type { Gpu } from "./device";
import { createTensor, type Tensor, upload } from "./tensor";

const made = new WeakMap<Gpu, Map<number, Tensor>>();

/**
 * (1) f32 of this value, which nobody writes. Made once for each device, so that a recording that is built again, because
 * a cache has grown, leaves no buffer behind. It lives as long as the device.
 */
export function constantOf(gpu: Gpu, value: number): Tensor {
  const ofDevice = made.get(gpu) ?? new Map<number, Tensor>();
  made.set(gpu, ofDevice);
  const found = ofDevice.get(value);
  if (found) return found;
  const constant = createTensor(gpu, `constant ${value}`, [1]);
  upload(gpu, constant, Float32Array.of(value));
  ofDevice.set(value, constant);
  return constant;
}
