import { DeviceLostError, UnsupportedGpuError } from "./errors";
import type { Pipeline } from "./pipeline";

/** An open device with its pipelines. One per worker, passed explicitly, never global. */
export interface Gpu {
  readonly device: GPUDevice;
  readonly adapter: AdapterReport;
  /** What this implementation's WGSL knows beyond the first version, in the names of its specification. */
  readonly wgslFeatures: ReadonlySet<string>;
  /** Resolves when the device is gone, with the reason; also after device.destroy(). */
  readonly lost: Promise<DeviceLostError>;
  /** By shader text, entry point and constants; see kernel.ts. */
  readonly pipelines: Map<string, Pipeline>;
  /** What was measured to be fastest on this device, by kernel and size. Kernels without an entry go by their own table. */
  readonly choices: Map<string, unknown>;
}

/** What the adapter says of itself, for the page and for bug reports. */
export interface AdapterReport {
  /** In the driver's words; browsers often give no more than the maker's name. */
  readonly description: string;
  /** A software adapter: correct, and slow. */
  readonly isFallback: boolean;
  /** Features that were granted, in the names of the WebGPU specification. */
  readonly features: readonly string[];
}

/** What a device would be opened with. */
export interface DeviceOffer extends AdapterReport {
  /** By the names of the WebGPU specification: those that sizes and kernels depend on. */
  readonly limits: Readonly<Record<string, number>>;
  /** As Gpu.wgslFeatures. */
  readonly wgslFeatures: readonly string[];
}

/** Taken when offered. Every kernel has a path that needs none of them. */
const WANTED_FEATURES: readonly GPUFeatureName[] = ["timestamp-query", "shader-f16", "subgroups"];

/** The sizes that weights and caches are limited by; the defaults (256 MiB, 128 MiB) would split tensors needlessly. */
const WANTED_LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
] as const satisfies readonly (keyof GPUSupportedLimits)[];

type WantedLimit = (typeof WANTED_LIMITS)[number];

export interface OpenGpuOptions {
  /** Asks for no more than this of a limit, to see how work fares on a smaller device. */
  readonly most?: Partial<Record<WantedLimit, number>>;
}

/**
 * Opens the best adapter with the limits it offers.
 *
 * @param api `navigator.gpu`, or another implementation of it (Dawn in Node).
 * @throws UnsupportedGpuError when there is no WebGPU, no adapter, or no device.
 */
export async function openGpu(
  api: GPU | undefined = globalThis.navigator?.gpu,
  { most = {} }: OpenGpuOptions = {},
): Promise<Gpu> {
  const { adapter, wgslFeatures } = await bestAdapter(api);
  const device = await adapter.requestDevice(wanted(adapter, most)).catch((cause: unknown) => {
    throw new UnsupportedGpuError("The graphics adapter refused to open a device.", { cause });
  });
  const lost = device.lost.then(({ reason, message }) => {
    const why = (message || reason).replace(/[.]$/, "");
    return new DeviceLostError(`The graphics device was lost (${why}).`);
  });
  return { device, adapter: report(adapter), wgslFeatures, lost, pipelines: new Map(), choices: new Map() };
}

/**
 * What openGpu would open, without opening it.
 *
 * @throws UnsupportedGpuError when there is no WebGPU or no adapter.
 */
export async function describeGpu(api: GPU | undefined = globalThis.navigator?.gpu): Promise<DeviceOffer> {
  const { adapter, wgslFeatures } = await bestAdapter(api);
  const limits = Object.fromEntries(WANTED_LIMITS.map((limit) => [limit, adapter.limits[limit]]));
  return { ...report(adapter), limits, wgslFeatures: [...wgslFeatures] };
}

async function bestAdapter(api: GPU | undefined) {
  if (!api) throw new UnsupportedGpuError("This browser has no WebGPU.");
  const adapter = await api.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter)
    throw new UnsupportedGpuError("This browser has WebGPU, but found no graphics adapter that it may use.");
  return { adapter, wgslFeatures: new Set<string>(api.wgslLanguageFeatures) };
}

function wanted(adapter: GPUAdapter, most: Partial<Record<WantedLimit, number>>): GPUDeviceDescriptor {
  const requiredFeatures = WANTED_FEATURES.filter((feature) => adapter.features.has(feature));
  const requiredLimits = Object.fromEntries(
    WANTED_LIMITS.map((limit) => [limit, Math.min(adapter.limits[limit], most[limit] ?? Number.POSITIVE_INFINITY)]),
  );
  return { label: "longhand", requiredFeatures, requiredLimits };
}

function report({ info, features }: GPUAdapter): AdapterReport {
  return {
    description: info.description || [info.vendor, info.architecture].filter(Boolean).join(" ") || "unnamed adapter",
    isFallback: info.isFallbackAdapter,
    features: WANTED_FEATURES.filter((feature) => features.has(feature)),
  };
}
