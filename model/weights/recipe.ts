import { GROUP_SIZE } from "@gpu/int4";
import { elementCount, type Shape } from "@gpu/shape";
import { FORMAT_VERSION, type Manifest, type Quantization } from "./format";
import type { StoredFormat, StoredTensor } from "./stored-tensor";

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
  /** The most that a chunk may have. */
  readonly chunkBytes: number;
}

/** A tensor that the model needs; model/tensor-plan.ts lists them. Structural, so that weights know no layers. */
export interface WantedTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly role: "matrix" | "precise-matrix" | "vector";
}

const EMBEDDING = "model.embed_tokens.weight";

/** In which format each tensor is to be stored. */
export function storedTensors(wanted: readonly WantedTensor[], recipe: Recipe): StoredTensor[] {
  return wanted.map(({ name, shape, role }) => ({ name, shape: [...shape], format: format(name, role, recipe) }));
}

function format(name: string, role: WantedTensor["role"], { matrices, embedding }: Recipe): StoredFormat {
  if (role === "vector") return "f32";
  if (role === "precise-matrix") return "f16";
  return name === EMBEDDING ? embedding : matrices;
}

/** The manifest of a conversion. */
export function manifestOf(
  { name, description, origin, licence, matrices, embedding, chunkBytes }: Recipe,
  { config, files, chunks, tensors }: Pick<Manifest, "config" | "files" | "chunks" | "tensors">,
): Manifest {
  return {
    version: FORMAT_VERSION,
    name,
    description,
    parameters: tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0),
    origin,
    licence,
    quantization: { matrices, embedding, method: method(matrices, embedding) },
    config,
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
