import { type ModelConfig, parseConfig } from "../config";
import { type ByteSource, type Checkpoint, openCheckpoint, type ReadOptions } from "./checkpoint";
import { CheckpointError, SafetensorsError } from "./errors";
import { type Manifest, MODEL_FILES, type ModelFile } from "./format";
import { type ChunkLayout, layOut } from "./layout";
import { type Recipe, storedTensors, type WantedTensor } from "./recipe";
import { isFloat } from "./safetensors";
import type { StoredTensor } from "./stored-tensor";

/** A checkpoint that has all that its model needs, and where everything will lie. Nothing of the weights is read yet. */
export interface Conversion {
  /** config.json as published. */
  readonly config: Manifest["config"];
  readonly checkpoint: Checkpoint;
  readonly tensors: readonly StoredTensor[];
  readonly layout: readonly ChunkLayout[];
}

/** The tensors that a model of a config needs, in running order: model/tensor-plan.ts. */
export type Plan = (config: ModelConfig) => readonly WantedTensor[];

/** The small files that come with a model, by name. */
export type ModelFiles = ReadonlyMap<ModelFile, Uint8Array<ArrayBuffer>>;

/** A file that must be read whole; the published tokenizer has 16 MB. */
const MOST_FILE_BYTES = 2 ** 26;

/**
 * Reads config, index and headers, and looks whether the checkpoint is complete.
 *
 * @throws ConfigError; SafetensorsError; CheckpointError for a tensor or file that is missing or of another shape;
 * whatever the source throws; AbortError.
 */
export async function openConversion(
  source: ByteSource,
  plan: Plan,
  recipe: Recipe,
  options: ReadOptions = {},
): Promise<Conversion> {
  const config = parseObject("config.json", await readWhole(source, "config.json", options));
  const tensors = storedTensors(plan(parseConfig(config)), recipe);
  const checkpoint = await openCheckpoint(source, options);
  assertComplete(checkpoint, tensors);
  return { config, checkpoint, tensors, layout: layOut(tensors, recipe.chunkBytes) };
}

/** @throws CheckpointError for a tensor that is missing or of another shape; SafetensorsError for one of integers. */
export function assertComplete(checkpoint: Checkpoint, wanted: readonly StoredTensor[]): void {
  for (const { name, shape } of wanted) {
    const { shape: found, dtype, file } = checkpoint.tensor(name);
    if (found.join() !== shape.join())
      throw new CheckpointError(`${name} has shape (${found.join(", ")}), the model needs (${shape.join(", ")}).`);
    if (!isFloat(dtype))
      throw new SafetensorsError(`${file}: ${name} has dtype ${dtype}, which is not of floating point.`);
  }
}

/**
 * Reads the files that come with a model.
 *
 * @param check throws when they cannot be used; weights do not know what a tokenizer is.
 * @throws CheckpointError for a file that is missing, empty, too large or not a JSON object; whatever `check` throws.
 */
export async function readModelFiles(
  source: ByteSource,
  check: (files: ReadonlyMap<ModelFile, unknown>) => void,
  options: ReadOptions = {},
): Promise<ModelFiles> {
  const files = new Map<ModelFile, Uint8Array<ArrayBuffer>>();
  const parsed = new Map<ModelFile, unknown>();
  for (const name of MODEL_FILES) {
    const content = await readWhole(source, name, options);
    parsed.set(name, parseObject(name, content));
    files.set(name, content);
  }
  check(parsed);
  return files;
}

/** @throws CheckpointError when it is missing, empty, too large or shorter than it says. */
export async function readWhole(
  source: ByteSource,
  name: string,
  options: ReadOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await source.size(name, options);
  if (bytes === undefined) throw new CheckpointError(`The checkpoint has no file ${name}.`);
  if (bytes === 0 || bytes > MOST_FILE_BYTES)
    throw new CheckpointError(`${name} has ${bytes} bytes, expected 1 to ${MOST_FILE_BYTES}.`);
  const content = await source.read(name, 0, bytes, options);
  if (content.byteLength !== bytes)
    throw new CheckpointError(`${name} ended after ${content.byteLength} of ${bytes} bytes: it is truncated.`);
  return new Uint8Array(content);
}

function parseObject(name: string, content: Uint8Array): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(content));
  } catch (cause) {
    throw new CheckpointError(`${name} is not readable as JSON.`, { cause });
  }
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
  throw new CheckpointError(`${name} is not a JSON object.`);
}
