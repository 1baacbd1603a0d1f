import type { Gpu } from "./device";
import { GpuFaultError } from "./errors";
import { assertShape, elementCount, roundUp, type Shape } from "./shape";

/** How the elements lie in memory: f16 is packed two to a word (`unpack2x16float`), since shader-f16 is not everywhere. */
export type ElementType = "f32" | "u32" | "f16";

/** A dense array in GPU memory, in row-major order. */
export interface Tensor {
  readonly label: string;
  readonly shape: Shape;
  readonly type: ElementType;
  readonly buffer: GPUBuffer;
}

const BYTES: Readonly<Record<ElementType, number>> = { f32: 4, u32: 4, f16: 2 };

/** Bytes in GPU memory, rounded up to whole 32-bit words. */
export const byteLength = (shape: Shape, type: ElementType): number => roundUp(elementCount(shape) * BYTES[type], 4);

/**
 * Allocates a tensor of zeros.
 *
 * @throws GpuFaultError when one tensor would exceed what the device can bind at once.
 */
export function createTensor(gpu: Gpu, label: string, shape: Shape, type: ElementType = "f32"): Tensor {
  const size = byteLength(shape, type);
  const { maxBufferSize, maxStorageBufferBindingSize } = gpu.device.limits;
  const most = Math.min(maxBufferSize, maxStorageBufferBindingSize);
  if (size > most) throw new GpuFaultError(`${label} needs ${size} bytes; this device binds at most ${most} at once.`);
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  // A uniform binding holds at least 16 bytes, so nothing is smaller.
  return { label, shape, type, buffer: gpu.device.createBuffer({ label, size: Math.max(16, size), usage }) };
}

/** @throws ShapeError when the number of words differs from the tensor's. */
export function upload(gpu: Gpu, tensor: Tensor, values: Float32Array | Uint32Array | Uint16Array): void {
  assertShape(tensor.label, [values.length], [elementCount(tensor.shape)]);
  const { buffer, byteOffset, byteLength: size } = values;
  gpu.device.queue.writeBuffer(tensor.buffer, 0, buffer as ArrayBuffer, byteOffset, size);
}

/** Reads an f32 tensor back. Waits for all work submitted before. */
export async function download(gpu: Gpu, tensor: Tensor): Promise<Float32Array> {
  return new Float32Array(await downloadBytes(gpu, tensor)).subarray(0, elementCount(tensor.shape));
}

/** Reads the bytes of any tensor back. Waits for all work submitted before. */
export async function downloadBytes(gpu: Gpu, { label, buffer }: Tensor): Promise<ArrayBuffer> {
  const { size } = buffer;
  const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
  const staging = gpu.device.createBuffer({ label: `${label} read-back`, size, usage });
  try {
    const encoder = gpu.device.createCommandEncoder({ label: `${label} read-back` });
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, size);
    gpu.device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    return staging.getMappedRange().slice(0);
  } finally {
    staging.destroy();
  }
}
