import type { ByteSource } from "./checkpoint";
import { openConversion, type Plan, readModelFiles } from "./conversion";
import { chunkName, type Manifest, type ModelFile, type Piece } from "./format";
import { type MakeOptions, makeChunks } from "./make-chunks";
import { manifestOf, type Recipe } from "./recipe";
import { sha256 } from "./sha256";

/** What a conversion yields: small files first, then chunks in order, then the manifest that describes them. */
export type Converted =
  | { readonly kind: "file" | "chunk"; readonly piece: Piece; readonly content: Uint8Array<ArrayBuffer> }
  | { readonly kind: "manifest"; readonly manifest: Manifest };

export interface ConvertOptions extends MakeOptions {
  /** Throws when the parsed model files cannot be used. */
  readonly check?: ((files: ReadonlyMap<ModelFile, unknown>) => void) | undefined;
}

/**
 * Converts a checkpoint while reading it: what import.ts stores, piece by piece and byte for byte. The size of the model
 * does not matter (make-chunks.ts says what is held). The same checkpoint and recipe always give the same bytes.
 *
 * @throws ConfigError; SafetensorsError; CheckpointError for a tensor or file that is missing or of another shape;
 * UnstorableValueError naming the tensor; whatever the source or `check` throws; AbortError.
 */
export async function* convert(
  source: ByteSource,
  plan: Plan,
  recipe: Recipe,
  options: ConvertOptions = {},
): AsyncGenerator<Converted, void, void> {
  const { signal, check = () => undefined } = options;
  const { config, checkpoint, tensors, layout } = await openConversion(source, plan, recipe, { signal });
  const files: Piece[] = [];
  for (const [name, content] of await readModelFiles(source, check, { signal })) {
    const piece = await describe(name, content);
    files.push(piece);
    yield { kind: "file", piece, content };
  }
  const chunks: Piece[] = [];
  for await (const { index, content } of makeChunks(checkpoint, layout, layout.keys(), options)) {
    const piece = await describe(chunkName(index), content);
    chunks.push(piece);
    yield { kind: "chunk", piece, content };
  }
  yield { kind: "manifest", manifest: manifestOf(recipe, { config, files, chunks, tensors }) };
}

/** A piece with its size and hash. */
export async function describe(name: string, content: Uint8Array<ArrayBuffer>): Promise<Piece> {
  return { name, bytes: content.byteLength, sha256: await sha256(content) };
}
