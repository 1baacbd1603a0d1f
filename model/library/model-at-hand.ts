import { download } from "../weights/download";
import { ManifestError } from "../weights/errors";
import { type Manifest, sumBytes } from "../weights/format";
import { parseManifest } from "../weights/parse-manifest";
import { type ModelStore, missingBytes } from "../weights/store";
import { makingRoom } from "./make-room";

/** A model was chosen that is not on this device, or not wholly. The message is shown to the person using the app. */
export class ModelNotStoredError extends Error {
  override readonly name = "ModelNotStoredError";
}

export interface AtHandOptions {
  /** Where a model lies that the page brings with it, in the format of model/weights; others must be stored. */
  readonly url?: string | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly doneBytes: number; readonly totalBytes: number }) => void;
}

export interface ModelAtHand {
  readonly manifest: Manifest;
  /** Bytes that came over the network for it: 0 when all was stored. */
  readonly fetchedBytes: number;
}

/**
 * Sees to it that a model can be read from the store: fetches what is missing of one with a `url`, checks that any
 * other is complete.
 *
 * @throws ModelNotStoredError; what `download` throws; StorageError.
 */
export async function modelAtHand(store: ModelStore, model: string, options: AtHandOptions): Promise<ModelAtHand> {
  const { url, signal, onProgress } = options;
  if (url !== undefined) return makingRoom(() => download({ baseUrl: url, model, store, signal, onProgress }));
  const manifest = await completeManifest(store, model);
  if (manifest) return { manifest, fetchedBytes: 0 };
  throw new ModelNotStoredError("This model is not on this device, or not all of it. Get it under Models.");
}

/** The manifest of a stored model that lacks nothing; undefined otherwise, or when another version of the page wrote it. */
export async function completeManifest(store: ModelStore, model: string): Promise<Manifest | undefined> {
  try {
    const manifest = parseManifest(await store.manifest(model));
    const missing = missingBytes([...manifest.files, ...manifest.chunks], await store.held(model));
    return missing === 0 ? manifest : undefined;
  } catch (error) {
    if (error instanceof ManifestError) return undefined;
    throw error;
  }
}

/** Bytes that a model takes in the store. */
export const storedBytesOf = ({ files, chunks }: Manifest): number => sumBytes([...files, ...chunks]);
