import { describeGpu, openGpu } from "@gpu/device";
import { measureRead } from "@gpu/peak";
import type { LibraryEvent } from "./protocol";

/** Ends the measuring that is going on. */
let measuring: AbortController | undefined;

/** What graphics device there is. @throws UnsupportedGpuError. */
export async function describeDevice(): Promise<LibraryEvent> {
  const { description: adapter, isFallback: isSoftwareAdapter, features, wgslFeatures, limits } = await describeGpu();
  return { kind: "device", device: { adapter, isSoftwareAdapter, features, wgslFeatures, limits } };
}

/** How fast the device reads its memory. @throws UnsupportedGpuError, GpuFaultError. */
export async function measureDevice(): Promise<LibraryEvent> {
  stopMeasuring();
  measuring = new AbortController();
  const { signal } = measuring;
  try {
    return { kind: "device-measured", bytesPerSecond: await measured(signal) };
  } catch (error) {
    if (!signal.aborted) throw error;
    return { kind: "device-measured", bytesPerSecond: undefined };
  }
}

export function stopMeasuring(): void {
  measuring?.abort();
}

async function measured(signal: AbortSignal): Promise<number> {
  const gpu = await openGpu();
  try {
    return await measureRead({ gpu, now: () => performance.now() }, signal);
  } finally {
    gpu.device.destroy();
  }
}
