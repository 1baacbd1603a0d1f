import { fmaPeak, OPERATIONS_PER_ROUND } from "./kernels/fma-peak/fma-peak";
import { readPeak } from "./kernels/read-peak/read-peak";
import { type Meter, medianMs } from "./measure";
import { checked } from "./recording";
import { createTensor, type Tensor } from "./tensor";

/** What this device can do at most, measured from WGSL in this run: the floors of everything else. */
export interface Peak {
  /** Plain reads of a buffer far larger than any cache. */
  readonly bytesPerSecond: number;
  /** f32 multiply-adds in registers, two operations each. */
  readonly operationsPerSecond: number;
}

const READ_BYTES = 2 ** 29;
/** A software adapter reads so slowly that more would take long. */
const SOFTWARE_READ_BYTES = 2 ** 26;
const INVOCATIONS = 256 * 2048;
const FIRST_ROUNDS = 64;
const SAMPLE_MS = 100;

/** Takes about a second. @throws GpuFaultError with what WebGPU reported. */
export async function measurePeak(meter: Meter): Promise<Peak> {
  return { bytesPerSecond: await measureRead(meter), operationsPerSecond: await measureArithmetic(meter) };
}

/**
 * Bytes per second of plain reads. Takes about half a second, and up to half a gigabyte of the device's memory meanwhile.
 *
 * @throws GpuFaultError with what WebGPU reported; AbortError.
 */
export async function measureRead(meter: Meter, signal?: AbortSignal): Promise<number> {
  const { gpu } = meter;
  const { maxStorageBufferBindingSize, maxBufferSize } = gpu.device.limits;
  const wanted = gpu.adapter.isFallback ? SOFTWARE_READ_BYTES : READ_BYTES;
  const size = Math.min(maxStorageBufferBindingSize, maxBufferSize, wanted);
  const allocate = () =>
    [createTensor(gpu, "peak data", [size / 4], "u32"), createTensor(gpu, "peak sums", [INVOCATIONS], "u32")] as const;
  const free = (tensors: readonly Tensor[]) => {
    for (const { buffer } of tensors) buffer.destroy();
  };
  const [data, sums] = await checked(gpu, "memory to read", allocate, free);
  try {
    const readMs = await medianMs(meter, [readPeak(gpu, { data, sums })], { sampleMs: SAMPLE_MS, signal });
    return (size / readMs) * 1000;
  } finally {
    free([data, sums]);
  }
}

async function measureArithmetic(meter: Meter): Promise<number> {
  const { gpu } = meter;
  const out = createTensor(gpu, "peak out", [INVOCATIONS]);
  try {
    const fma = [fmaPeak(gpu, { out, rounds: FIRST_ROUNDS })];
    const fmaMs = await medianMs(meter, fma, { sampleMs: SAMPLE_MS });
    return ((INVOCATIONS * FIRST_ROUNDS * OPERATIONS_PER_ROUND) / fmaMs) * 1000;
  } finally {
    out.buffer.destroy();
  }
}
