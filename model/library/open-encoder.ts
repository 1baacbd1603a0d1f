import { type Gpu, openGpu } from "@gpu/device";
import { UnsupportedGpuError } from "@gpu/errors";
import { type Encode, encodeRun } from "../weights/encode";
import { encodeOnGpu } from "../weights/encode-on-gpu";

/** What quantizes an import. */
export interface OpenEncoder {
  readonly encode: Encode;
  /** Gives the device and its memory back. */
  close(): void;
}

const ON_CPU: OpenEncoder = { encode: encodeRun, close: () => undefined };

/**
 * The fastest encoder of this device: on the graphics card where there is one, else on the CPU. A software adapter uses
 * the same cores as the CPU and takes longer on them (weights/README.md, "Quantizer"). The bytes are the same.
 */
export async function openEncoder(): Promise<OpenEncoder> {
  const gpu = await openGpuIfAny();
  if (!gpu) return ON_CPU;
  const close = () => gpu.device.destroy();
  if (!gpu.adapter.isFallback) return { encode: await encodeOnGpu(gpu), close };
  close();
  return ON_CPU;
}

async function openGpuIfAny(): Promise<Gpu | undefined> {
  try {
    return await openGpu();
  } catch (error) {
    if (error instanceof UnsupportedGpuError) return undefined;
    throw error;
  }
}
