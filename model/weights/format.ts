import { type ChunkLayout, layOut } from "./layout";
import type { StoredPart, StoredTensor } from "./stored-tensor";

/** Raised when an older page could not read what a newer converter writes. */
export const FORMAT_VERSION = 2;

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
  /** The most that a chunk has. With `tensors` it decides which rows lie in which chunk (layout.ts). */
  readonly chunkBytes: number;
  readonly chunks: readonly Piece[];
  /** In running order. */
  readonly tensors: readonly StoredTensor[];
}

/** A run of one part of one tensor: where in which chunk it lies. */
export interface Placement {
  readonly name: string;
  readonly part: StoredPart;
  /** Index of the chunk. */
  readonly chunk: number;
  /** [begin, end) in bytes of the chunk. */
  readonly begin: number;
  readonly end: number;
  /** The byte of the part at which the run begins. */
  readonly offset: number;
}

/**
 * Where all bytes of all tensors lie, chunk by chunk, every byte of every chunk once.
 *
 * @throws ShapeError when a format cannot hold a shape, or a chunk not even one row.
 */
export function placements({ tensors, chunkBytes }: Pick<Manifest, "tensors" | "chunkBytes">): Placement[] {
  return layOut(tensors, chunkBytes).flatMap(placementsIn);
}

function placementsIn(slabs: ChunkLayout, chunk: number): Placement[] {
  return slabs.flatMap(({ tensor, firstRow, rows, begin, values, scales }): Placement[] => {
    const { name } = tensor;
    const middle = begin + values;
    const valuesRun = { name, part: "values", chunk, begin, end: middle, offset: (firstRow * values) / rows } as const;
    if (scales === 0) return [valuesRun];
    const offset = (firstRow * scales) / rows;
    return [valuesRun, { name, part: "scales", chunk, begin: middle, end: middle + scales, offset }];
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
