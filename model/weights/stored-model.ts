import { ModelFileError } from "./errors";
import type { Manifest, ModelFile, Piece } from "./format";
import { sha256 } from "./sha256";
import type { ModelStore } from "./store";

/** Reads one piece of a model, wherever it is kept. */
export type PieceReader = (piece: Piece) => Promise<Uint8Array>;

export interface StoredPiecesOptions {
  /** Compares every SHA-256 once more; a stored byte that flipped would give wrong answers silently. By default true. */
  readonly verify?: boolean;
  /** Makes or fetches a piece again, and stores it (repair.ts). Without it the reader throws. */
  readonly repair?: PieceReader | undefined;
}

/**
 * Reads a model's pieces from the store. A piece that is damaged or gone is brought back by `repair`; without one what is
 * damaged is dropped, and the next download brings it back.
 *
 * @throws (the reader) ModelFileError for a piece that is not there or damaged; StorageError; whatever `repair` throws.
 */
export function storedPieces(
  store: ModelStore,
  model: string,
  { verify = true, repair }: StoredPiecesOptions = {},
): PieceReader {
  return async (piece) => {
    const bytes = await store.get(model, piece.sha256);
    const isWhole = bytes?.byteLength === piece.bytes && (!verify || (await sha256(bytes)) === piece.sha256);
    if (bytes && isWhole) return bytes;
    // Replaced in place, and where that fails still there: the next visit finds and repairs it.
    if (repair) return repair(piece);
    // What could not be read at all may be readable another time.
    if (bytes && bytes.byteLength > 0) await store.drop(model, piece.sha256);
    if (!bytes) throw new ModelFileError(`The stored model lacks ${piece.name}. Try again to download it.`);
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
