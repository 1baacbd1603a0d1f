import type { Gpu } from "./device";

export interface AllocationTrial {
  /** Whether all of it could be had at once. */
  readonly isEnough: boolean;
  /** Bytes that were had together before the device refused; all of them when it did not. */
  readonly allocatedBytes: number;
  /** The device's own words when it refused. */
  readonly reason?: string;
}

export interface TrialOptions {
  /** Bytes of one buffer; the device's largest buffer is the limit. */
  readonly pieceBytes?: number;
  /** Writes to each buffer, since some drivers give memory only then. Slow, and the machine's own memory, on a software adapter. */
  readonly touch?: boolean;
  readonly signal?: AbortSignal;
}

/** Large enough to be quick, small enough that a fragmented memory does not refuse it. */
const PIECE_BYTES = 128 * 2 ** 20;

/**
 * Finds out whether this much GPU memory can be had, by taking it in pieces and giving all of it back. WebGPU tells no
 * amounts; this is the only way to know before a download of gigabytes.
 *
 * @throws AbortError. Nothing stays allocated.
 */
export async function tryAllocation(
  gpu: Gpu,
  totalBytes: number,
  options: TrialOptions = {},
): Promise<AllocationTrial> {
  const { device } = gpu;
  const pieceBytes = Math.min(options.pieceBytes ?? PIECE_BYTES, device.limits.maxBufferSize);
  const buffers: GPUBuffer[] = [];
  let allocatedBytes = 0;
  try {
    while (allocatedBytes < totalBytes) {
      options.signal?.throwIfAborted();
      const size = Math.ceil(Math.min(pieceBytes, totalBytes - allocatedBytes) / 4) * 4;
      const reason = await refusal(device, () => buffers.push(allocate(device, size, options.touch ?? true)));
      if (reason !== undefined) return { isEnough: false, allocatedBytes, reason };
      allocatedBytes += size;
    }
    return { isEnough: true, allocatedBytes: totalBytes };
  } finally {
    for (const buffer of buffers) buffer.destroy();
  }
}

function allocate(device: GPUDevice, size: number, touch: boolean): GPUBuffer {
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST;
  const buffer = device.createBuffer({ label: "allocation trial", size, usage });
  if (!touch) return buffer;
  const encoder = device.createCommandEncoder({ label: "allocation trial" });
  encoder.clearBuffer(buffer);
  device.queue.submit([encoder.finish()]);
  return buffer;
}

/** Why the device refused the work, in its words; undefined when it did not. A device lost over it refuses too. */
async function refusal(device: GPUDevice, work: () => void): Promise<string | undefined> {
  device.pushErrorScope("validation");
  device.pushErrorScope("out-of-memory");
  let thrown: string | undefined;
  try {
    work();
  } catch (error) {
    thrown = error instanceof Error ? error.message : String(error);
  }
  const settled = Promise.all([device.popErrorScope(), device.popErrorScope(), device.queue.onSubmittedWorkDone()]);
  const lost = device.lost.then(({ message, reason }) => message || `the device was lost (${reason})`);
  const outcome = await Promise.race([settled.catch((error: unknown) => String(error)), lost]);
  if (typeof outcome === "string") return thrown ?? outcome;
  const [memory, validation] = outcome;
  return thrown ?? memory?.message ?? validation?.message;
}
