import type { ModelConfig } from "../config";
import { parseConfig } from "../config";
import { shippedFormat } from "../cost";
import { randomHalves, randomWords, sameHalves } from "../oracle/timing-weights";
import { tensorPlan } from "../tensor-plan";
import {
  chunkName,
  FORMAT_VERSION,
  type Manifest,
  MODEL_FILES,
  type ModelFile,
  type Piece,
  sumBytes,
} from "../weights/format";
import { layOut, layoutBytes, type Slab } from "../weights/layout";
import { sha256 } from "../weights/sha256";
import type { ModelStore } from "../weights/store";
import type { StoredFormat } from "../weights/stored-tensor";

/** The name under which it is stored. */
export const TIMING_MODEL = "bench";

/** As the import makes them. */
const CHUNK_BYTES = 8 * 2 ** 20;

export interface TimingModelOptions {
  /** A tokenizer that goes with any vocabulary: ids that it does not know have no text. */
  readonly files: Readonly<Record<ModelFile, Uint8Array<ArrayBuffer>>>;
  readonly onProgress?: (progress: { readonly doneBytes: number; readonly totalBytes: number }) => void;
}

/**
 * Stores a model of these sizes with random weights, so that its loading and its speed can be measured as if somebody
 * had fetched it. What it writes means nothing.
 *
 * @param json a config.json as published
 * @throws ConfigError; QuotaError, StorageError.
 */
export async function storeTimingModel(
  store: ModelStore,
  json: Readonly<Record<string, unknown>>,
  { files, onProgress }: TimingModelOptions,
): Promise<Manifest> {
  const config = parseConfig(json);
  const tensors = tensorPlan(config).map((tensor) => {
    const { name, shape } = tensor;
    return { name, shape: [...shape], format: shippedFormat(tensor) };
  });
  const layout = layOut(tensors, CHUNK_BYTES);
  const put = async (name: string, bytes: Uint8Array<ArrayBuffer>): Promise<Piece> => {
    const hash = await sha256(bytes);
    await store.put(TIMING_MODEL, hash, bytes);
    return { name, bytes: bytes.byteLength, sha256: hash };
  };
  const totalBytes = layout.reduce((sum, slabs) => sum + layoutBytes(slabs), 0);
  const fill = new Fill(config);
  const chunks: Piece[] = [];
  for (const [index, slabs] of layout.entries()) {
    chunks.push(await put(chunkName(index), fill.chunk(index, slabs)));
    onProgress?.({ doneBytes: sumBytes(chunks), totalBytes });
  }
  const manifest: Manifest = {
    version: FORMAT_VERSION,
    name: "Random weights",
    description: "Random weights of a model's sizes, for measuring. What it writes means nothing.",
    parameters: tensors.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0),
    origin: "made in this browser",
    licence: "none",
    quantization: { matrices: "int4", embedding: "int4", method: "random" },
    config: json,
    files: await Promise.all(MODEL_FILES.map((name) => put(name, files[name]))),
    chunkBytes: CHUNK_BYTES,
    chunks,
    tensors,
  };
  await store.adopt(TIMING_MODEL, manifest, { kind: "folder", baseUrl: "" });
  return manifest;
}

/** Bytes of each kind, repeated; in ranges that keep activations finite. */
class Fill {
  readonly #blocks = new Map<string, Uint8Array>();
  readonly #hiddenSize: number;

  constructor({ hiddenSize }: ModelConfig) {
    this.#hiddenSize = hiddenSize;
  }

  /** Chunks differ in their first word, since what is equal would be stored once. */
  chunk(index: number, slabs: readonly Slab[]): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(layoutBytes(slabs));
    for (const { tensor, begin, values, scales } of slabs) {
      const cols = tensor.shape[1] ?? this.#hiddenSize;
      repeat(this.#values(tensor.format, cols), bytes.subarray(begin, begin + values));
      if (scales > 0) repeat(this.#scales(cols), bytes.subarray(begin + values, begin + values + scales));
    }
    const [first] = new Uint32Array(bytes.buffer, 0, 1);
    new Uint32Array(bytes.buffer, 0, 1).set([(first ?? 0) ^ index]);
    return bytes;
  }

  #values(format: StoredFormat, cols: number): Uint8Array {
    if (format === "int4") return this.#block("codes", randomWords);
    if (format === "f16") return this.#block(`f16 ${cols}`, () => randomHalves(range(cols)));
    return this.#block("f32", () => new Float32Array(2 ** 16).fill(2 ** -6));
  }

  #scales(cols: number): Uint8Array {
    return this.#block(`scales ${cols}`, () => sameHalves(range(cols) / 8));
  }

  #block(key: string, make: () => Uint32Array | Float32Array): Uint8Array {
    const known = this.#blocks.get(key);
    if (known) return known;
    const { buffer } = make();
    const made = new Uint8Array(buffer);
    this.#blocks.set(key, made);
    return made;
  }
}

const range = (cols: number): number => Math.sqrt(3 / cols);

function repeat(block: Uint8Array, into: Uint8Array): void {
  for (let offset = 0; offset < into.byteLength; offset += block.byteLength)
    into.set(block.subarray(0, Math.min(block.byteLength, into.byteLength - offset)), offset);
}
