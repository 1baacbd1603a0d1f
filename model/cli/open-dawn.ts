import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { type Gpu, openGpu } from "@gpu/device";

/** Chromium's software adapter, for machines without a graphics card. */
const SOFTWARE_DRIVERS = ["/usr/lib/chromium/vk_swiftshader_icd.json"];

/** Dawn rounds timestamps to 100 µs for the privacy of web pages; a bench needs them whole. */
const OPTIONS = ["enable-dawn-features=allow_unsafe_apis", "disable-dawn-features=timestamp_quantization"];

/** Dawn ends with the object that opened it, while devices still use it; so none is ever collected. */
const opened: GPU[] = [];

interface Dawn {
  create(options: string[]): GPU;
  globals: Record<string, unknown>;
}

/**
 * Opens WebGPU in Node with Dawn (package `webgpu`, or the module named by the variable DAWN_NODE): a graphics card, or
 * else Chromium's software adapter where it is installed.
 *
 * @throws UnsupportedGpuError when there is neither.
 */
export async function openDawn(): Promise<Gpu> {
  const dawn = await loadDawn();
  Object.assign(globalThis, dawn.globals);
  const gpu = create(dawn);
  const driver = SOFTWARE_DRIVERS.find((path) => existsSync(path));
  if (process.env.VK_ICD_FILENAMES || !driver || (await gpu.requestAdapter())) return openGpu(gpu);
  process.env.VK_ICD_FILENAMES = driver;
  return openGpu(create(dawn));
}

function create(dawn: Dawn): GPU {
  const gpu = dawn.create(OPTIONS);
  opened.push(gpu);
  return gpu;
}

async function loadDawn(): Promise<Dawn> {
  const path = process.env.DAWN_NODE;
  return path ? createRequire(import.meta.url)(path) : ((await import("webgpu")) as Dawn);
}
