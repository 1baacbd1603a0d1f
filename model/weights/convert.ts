import { GROUP_SIZE } from "@gpu/int4";
import { assertThat, elementCount, type Shape } from "@gpu/shape";
import { type ModelConfig, parseConfig } from "../config";
import { type ByteSource, type Checkpoint, openCheckpoint } from "./checkpoint";
import { cut } from "./cut";
import { encodeRun } from "./encode";
import { CheckpointError } from "./errors";
import {
  chunkName,
  FORMAT_VERSION,
  type Manifest,
  MODEL_FILES,
  type Piece,
  type PlacedTensor,
  placeTensors,
  type Quantization,
} from "./format";
import { sha256 } from "./sha256";
import { type StoredFormat, storedSize } from "./stored-tensor";

/** What is to become of a checkpoint, and what the manifest says about it. */
export interface Recipe {
  readonly name: string;
  readonly description: string;
  readonly origin: string;
  readonly licence: string;
  /** "f16" keeps them as good as exact, for comparisons. */
  readonly matrices: "int4" | "f16";
  /** The embedding, which is also the LM head. */
  readonly embedding: "int4" | "f16";
  /** A multiple of 4. */
  readonly chunkBytes: number;
}

/** A tensor that the model needs; model/tensor-plan.ts lists them. Structural, so that weights know no layers. */
export interface WantedTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly role: "matrix" | "precise-matrix" | "vector";
}

/** What a conversion yields: small files first, then chunks in order, then the manifest that describes them. */
export type Converted =
  | { readonly kind: "file" | "chunk"; readonly piece: Piece; readonly content: Uint8Array<ArrayBuffer> }
  | { readonly kind: "manifest"; readonly manifest: Manifest };

export interface ConvertOptions {
  readonly signal?: AbortSignal | undefined;
}

const EMBEDDING = "model.embed_tokens.weight";

/** Elements read and encoded at a time: 4 MiB of bf16. Whole groups of int4. */
const RUN_ELEMENTS = 2 ** 21;
assertThat(RUN_ELEMENTS % GROUP_SIZE === 0, "a run must be whole groups");

/**
 * Converts a checkpoint while reading it. Holds one run of elements, one chunk, and one tensor's scales (a sixteenth of
 * its weights), so the size of the model does not matter. The same checkpoint and recipe always give the same bytes.
 *
 * @param plan the tensors that a model of this config needs, in running order
 * @throws ConfigError; SafetensorsError; CheckpointError for a tensor or file that is missing or of another shape;
 * UnstorableValueError naming the tensor; whatever the source throws; AbortError.
 */
export async function* convert(
  source: ByteSource,
  plan: (config: ModelConfig) => readonly WantedTensor[],
  recipe: Recipe,
  { signal }: ConvertOptions = {},
): AsyncGenerator<Converted, void, void> {
  const config: unknown = JSON.parse(new TextDecoder().decode(await readFile(source, "config.json")));
  const wanted = plan(parseConfig(config));
  const checkpoint = await openCheckpoint(source);
  assertComplete(checkpoint, wanted);
  const tensors = placeTensors(
    wanted.map(({ name, shape, role }) => ({ name, shape, format: format(name, role, recipe) })),
  );

  const files: Piece[] = [];
  for (const name of MODEL_FILES) {
    const content = await readFile(source, name);
    const piece = await describe(name, content);
    files.push(piece);
    yield { kind: "file", piece, content };
  }
  const chunks: Piece[] = [];
  for await (const content of cut(encodedRuns(checkpoint, tensors, signal), recipe.chunkBytes)) {
    const piece = await describe(chunkName(chunks.length), content);
    chunks.push(piece);
    yield { kind: "chunk", piece, content };
  }
  yield { kind: "manifest", manifest: manifestOf(recipe, { config, files, chunks, tensors }) };
}

function assertComplete(checkpoint: Checkpoint, wanted: readonly WantedTensor[]): void {
  for (const { name, shape } of wanted) {
    const found = checkpoint.tensor(name).shape;
    if (found.join() !== shape.join())
      throw new CheckpointError(`${name} has shape (${found.join(", ")}), the model needs (${shape.join(", ")}).`);
  }
}

function format(name: string, role: WantedTensor["role"], { matrices, embedding }: Recipe): StoredFormat {
  if (role === "vector") return "f32";
  if (role === "precise-matrix") return "f16";
  return name === EMBEDDING ? embedding : matrices;
}

async function* encodedRuns(
  checkpoint: Checkpoint,
  tensors: readonly PlacedTensor[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  for (const tensor of tensors) {
    const count = elementCount(tensor.shape);
    const scales = new Uint8Array(storedSize(tensor).scales);
    for (let first = 0; first < count; first += RUN_ELEMENTS) {
      signal?.throwIfAborted();
      const values = await checkpoint.read(tensor.name, first, Math.min(RUN_ELEMENTS, count - first));
      const encoded = encodeNamed(tensor, values);
      scales.set(encoded.scales, (first / GROUP_SIZE) * 2);
      yield encoded.values;
    }
    yield scales;
  }
}

function encodeNamed({ name, format: stored }: PlacedTensor, values: Float32Array) {
  try {
    return encodeRun(stored, values);
  } catch (error) {
    if (error instanceof Error) error.message = `${name}: ${error.message}`;
    throw error;
  }
}

async function readFile(source: ByteSource, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await source.size(name);
  if (bytes === undefined) throw new CheckpointError(`The checkpoint has no file ${name}.`);
  return new Uint8Array(await source.read(name, 0, bytes));
}

async function describe(name: string, content: Uint8Array<ArrayBuffer>): Promise<Piece> {
  return { name, bytes: content.byteLength, sha256: await sha256(content) };
}

function manifestOf(
  { name, description, origin, licence, matrices, embedding, chunkBytes }: Recipe,
  { config, files, chunks, tensors }: { config: unknown } & Pick<Manifest, "files" | "chunks" | "tensors">,
): Manifest {
  return {
    version: FORMAT_VERSION,
    name,
    description,
    parameters: tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0),
    origin,
    licence,
    quantization: { matrices, embedding, method: method(matrices, embedding) },
    config: config as Record<string, unknown>,
    files,
    chunkBytes,
    chunks,
    tensors,
  };
}

function method(matrices: Recipe["matrices"], embedding: Recipe["embedding"]): Quantization["method"] {
  const precise = "f16 for x_proj and dt_proj, f32 for convolutions, A, D, norms, biases and lambdas";
  if (matrices === "f16" && embedding === "f16") return `f16 for all matrices; ${precise}`;
  return `int4: symmetric groups of ${GROUP_SIZE} along the input axis, f16 scales searched for least squared error; ${precise}`;
}
