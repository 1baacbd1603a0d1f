import { ModelFileError } from "./errors";
import type { Manifest, ModelFile, Piece } from "./format";
import { sha256 } from "./sha256";
import type { ModelStore } from "./store";

/** Reads one piece of a model, wherever it is kept. */
export type PieceReader = (piece: Piece) => Promise<Uint8Array>;

/**
 * Reads a model's pieces from the store. A piece that is damaged is dropped, so that the next download fetches it.
 *
 * @param verify compares every SHA-256 once more; a stored byte that flipped would give wrong answers silently.
 * @throws (the reader) ModelFileError for a piece that is not there or damaged; StorageError.
 */
export function storedPieces(store: ModelStore, model: string, { verify = true } = {}): PieceReader {
  return async (piece) => {
    const bytes = await store.get(model, piece.sha256);
    if (!bytes) throw new ModelFileError(`The stored model lacks ${piece.name}. Try again to download it.`);
    if (bytes.byteLength === piece.bytes && (!verify || (await sha256(bytes)) === piece.sha256)) return bytes;
    await store.drop(model, piece.sha256);
    throw new ModelFileError(`The stored copy of ${piece.name} is damaged. Try again to download it once more.`);
  };
}

/**
 * Reads one of the small files that come with a model.
 *
 * @throws ModelFileError when it is not text; whatever the reader throws.
 */
export async function readModelFile(manifest: Manifest, name: ModelFile, read: PieceReader): Promise<string> {
  const piece = manifest.files.find((file) => file.name === name);
  if (!piece) throw new ModelFileError(`The model has no file ${name}.`);
  const bytes = await read(piece);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ModelFileError(`The model file ${name} is not text.`, { cause });
  }
}
