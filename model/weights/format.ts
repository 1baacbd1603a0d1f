import { type StoredPart, type StoredTensor, storedSize } from "./stored-tensor";

/** Raised when an older page could not read what a newer converter writes. */
export const FORMAT_VERSION = 1;

export const MANIFEST_FILE = "manifest.json";

/** Published beside the chunks, under the names of the checkpoint. */
export const MODEL_FILES = ["tokenizer.json", "tokenizer_config.json", "generation_config.json"] as const;

export type ModelFile = (typeof MODEL_FILES)[number];

/** One file beside the manifest: a chunk of the weights, or a small file such as the tokenizer. */
export interface Piece {
  /** A plain file name, no folders. */
  readonly name: string;
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/**
 * A tensor's place in the stream of weights, which is all chunks joined. Tensors lie back to back in table order, each
 * with its values first and its scales right after.
 */
export interface PlacedTensor extends StoredTensor {
  /** Byte offset in the stream of the int4 codes, or the f16 or f32 values. */
  readonly values: number;
  /** Byte offset of the f16 scales; int4 only. */
  readonly scales?: number;
}

/** How the published weights were turned into the stored ones. */
export interface Quantization {
  readonly matrices: "int4" | "f16";
  /** The embedding, which is also the LM head. */
  readonly embedding: "int4" | "f16";
  /** In a sentence, for people: which method, which group size. */
  readonly method: string;
}

/** manifest.json: all that there is to know about a model before its bytes. README.md shows an example. */
export interface Manifest {
  readonly version: typeof FORMAT_VERSION;
  readonly name: string;
  /** What the model can and cannot do, in a sentence or two for the person using it. */
  readonly description: string;
  readonly parameters: number;
  /** Where the weights come from, and under which terms. */
  readonly origin: string;
  readonly licence: string;
  readonly quantization: Quantization;
  /** config.json as published; model/config.ts reads it. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly files: readonly Piece[];
  /** Bytes of each chunk but the last, which may be shorter. */
  readonly chunkBytes: number;
  readonly chunks: readonly Piece[];
  readonly tensors: readonly PlacedTensor[];
}

/** One part of one tensor in the stream: [begin, end) in bytes. */
export interface Placement {
  readonly name: string;
  readonly part: StoredPart;
  readonly begin: number;
  readonly end: number;
}

/** Lays tensors back to back from byte 0 of the stream. @throws ShapeError when a format cannot hold a shape. */
export function placeTensors(tensors: readonly StoredTensor[]): PlacedTensor[] {
  let end = 0;
  return tensors.map((tensor) => {
    const size = storedSize(tensor);
    const values = end;
    end += size.values + size.scales;
    return { ...tensor, values, ...(size.scales ? { scales: values + size.values } : {}) };
  });
}

/** Every part of every tensor, in stream order. */
export function placements(tensors: readonly PlacedTensor[]): Placement[] {
  return tensors.flatMap((tensor): Placement[] => {
    const { name, values, scales } = tensor;
    const size = storedSize(tensor);
    const parts: Placement[] = [{ name, part: "values", begin: values, end: values + size.values }];
    if (scales !== undefined) parts.push({ name, part: "scales", begin: scales, end: scales + size.scales });
    return parts;
  });
}

export const sumBytes = (pieces: readonly { readonly bytes: number }[]): number =>
  pieces.reduce((sum, { bytes }) => sum + bytes, 0);

export const chunkName = (index: number): string => `weights-${String(index).padStart(4, "0")}.bin`;

export const isChunkName = (name: string): boolean => /^weights-\d+\.bin$/.test(name);

/** manifest.json as text: an entry of a list on each line, so that a difference between two versions can be read. */
export function spellManifest(manifest: Manifest): string {
  const lines = Object.entries(manifest).map(([key, value]) => {
    const list = Array.isArray(value) && `[\n${value.map((item) => `  ${JSON.stringify(item)}`).join(",\n")}\n ]`;
    return ` ${JSON.stringify(key)}: ${list || JSON.stringify(value)}`;
  });
  return `{\n${lines.join(",\n")}\n}\n`;
}
