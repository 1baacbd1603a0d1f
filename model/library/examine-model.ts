import type { Gpu } from "@gpu/device";
import { tryAllocation } from "@gpu/try-allocation";
import { type ModelConfig, parseConfig } from "../config";
import { shippedFormat, tensorBytes } from "../cost";
import { type DeviceReport, deviceReport, type FormatOf } from "../device-report";
import { tensorPlan } from "../tensor-plan";
import { readWhole } from "../weights/conversion";
import { fetchFile } from "../weights/fetch-piece";
import { MANIFEST_FILE, type Manifest } from "../weights/format";
import type { FolderOrigin } from "../weights/origin";
import { parseManifest } from "../weights/parse-manifest";
import { storedBytesOf } from "./model-at-hand";
import { PUBLISHED_BYTES, PUBLISHED_CONFIG, PUBLISHED_FILE_BYTES, PUBLISHED_MODEL } from "./published-model";
import { openSource, type Source } from "./source";

/** What getting a model costs, and whether this device can run it: all that is to be known before the first gigabyte. */
export interface Examination {
  /** Bytes to be read: from the network, or from files on this device. */
  readonly readBytes: number;
  /** Bytes that it takes in the browser's storage, and how many are free; undefined where the browser does not tell. */
  readonly storedBytes: number;
  readonly freeBytes: number | undefined;
  readonly device: DeviceReport;
  /** Bytes of GPU memory that could be had when all that is needed was asked for. */
  readonly allocatedBytes: number;
  readonly isEnoughMemory: boolean;
  readonly adapter: string;
  readonly isSoftwareAdapter: boolean;
}

/** As generation/open-conversation.ts opens it. */
const CONTEXT_LENGTH = 32_768;

interface Sizes {
  readonly readBytes: number;
  readonly storedBytes: number;
  readonly config: ModelConfig;
  readonly format: FormatOf;
}

/**
 * Counts what a model needs and tries whether the device gives it. Takes and frees that much GPU memory.
 *
 * @throws ConfigError and what reading a source throws; AbortError.
 */
export async function examineModel(
  gpu: Gpu,
  source: Source,
  freeBytes: number | undefined,
  signal: AbortSignal,
): Promise<Examination> {
  const { readBytes, storedBytes, config, format } = await sizesOf(source, signal);
  const device = deviceReport(config, CONTEXT_LENGTH, gpu.device.limits, format);
  const { description, isFallback } = gpu.adapter;
  const trial = { isEnough: false, allocatedBytes: 0 };
  if (device.problems.length === 0)
    // A software adapter takes this machine's own memory: promised is enough there, taking it may bring all to a halt.
    Object.assign(trial, await tryAllocation(gpu, device.need.totalBytes, { touch: !isFallback, signal }));
  return {
    readBytes,
    storedBytes,
    freeBytes,
    device,
    allocatedBytes: trial.allocatedBytes,
    isEnoughMemory: trial.isEnough,
    adapter: description,
    isSoftwareAdapter: isFallback,
  };
}

async function sizesOf(source: Source, signal: AbortSignal): Promise<Sizes> {
  if (source.kind === "folder") {
    const manifest = await manifestOf(source, signal);
    const formats = new Map(manifest.tensors.map(({ name, format }) => [name, format]));
    const format: FormatOf = (tensor) => formats.get(tensor.name) ?? shippedFormat(tensor);
    const bytes = storedBytesOf(manifest);
    return { readBytes: bytes, storedBytes: bytes, config: parseConfig(manifest.config), format };
  }
  // Known without asking anybody.
  if (source.kind === "hugging-face" && source.repository === PUBLISHED_MODEL.repository)
    return { ...sizesOfCheckpoint(PUBLISHED_CONFIG), readBytes: PUBLISHED_BYTES + PUBLISHED_FILE_BYTES };
  const content = await readWhole(openSource(source), "config.json", { signal });
  return sizesOfCheckpoint(parseConfig(JSON.parse(new TextDecoder().decode(content))));
}

async function manifestOf({ baseUrl }: FolderOrigin, signal: AbortSignal): Promise<Manifest> {
  const url = `${baseUrl.replace(/\/$/, "")}/${MANIFEST_FILE}`;
  const fetch = globalThis.fetch.bind(globalThis);
  const response = await fetchFile({ fetch, url, name: MANIFEST_FILE, cache: "no-cache", signal });
  return parseManifest(await response.json());
}

/** Of a checkpoint in bfloat16. */
function sizesOfCheckpoint(config: ModelConfig): Sizes {
  const plan = tensorPlan(config);
  const storedBytes = plan.reduce((sum, tensor) => sum + tensorBytes(tensor, shippedFormat(tensor)), 0);
  const readBytes = plan.reduce((sum, tensor) => sum + tensorBytes(tensor, "f16"), 0);
  return { readBytes, storedBytes: storedBytes + PUBLISHED_FILE_BYTES, config, format: shippedFormat };
}
