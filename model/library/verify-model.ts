import { ModelFileError } from "../weights/errors";
import type { Piece } from "../weights/format";
import { parseManifest } from "../weights/parse-manifest";
import { distinctPieces, type ModelStore } from "../weights/store";
import { storedPieces } from "../weights/stored-model";
import { storedBytesOf } from "./model-at-hand";
import { repairFromOrigin } from "./repair-from-origin";

export interface VerifyOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly doneBytes: number; readonly totalBytes: number }) => void;
}

export interface Verified {
  readonly pieces: number;
  /** Names of those that were damaged and are whole again. */
  readonly repaired: readonly string[];
}

/**
 * Reads every byte of a stored model and compares it with its checksum. What is damaged is made or fetched again, that
 * alone.
 *
 * @throws ManifestError; ModelFileError for a damaged piece that cannot be had again; what repairing throws; AbortError.
 */
export async function verifyModel(store: ModelStore, model: string, options: VerifyOptions): Promise<Verified> {
  const { signal, onProgress } = options;
  const manifest = parseManifest(await store.manifest(model));
  const pieces = distinctPieces([...manifest.files, ...manifest.chunks]);
  const fromOrigin = await repairFromOrigin(store, model, manifest, signal);
  const repaired: string[] = [];
  const repair = async (piece: Piece) => {
    if (!fromOrigin)
      throw new ModelFileError(
        `${piece.name} is damaged, and what it was made from cannot be asked again. Delete the model and get it anew.`,
      );
    const content = await fromOrigin(piece);
    repaired.push(piece.name);
    return content;
  };
  const read = storedPieces(store, model, { repair });
  const totalBytes = storedBytesOf(manifest);
  let doneBytes = 0;
  for (const piece of pieces) {
    signal.throwIfAborted();
    await read(piece);
    doneBytes += piece.bytes;
    onProgress({ doneBytes, totalBytes });
  }
  return { pieces: pieces.length, repaired };
}
