import { ManifestError, ModelFileError } from "./errors";
import { fetchFile, fetchPiece } from "./fetch-piece";
import { MANIFEST_FILE, type Manifest, type Piece, sumBytes } from "./format";
import { inParallel } from "./in-parallel";
import { parseManifest } from "./parse-manifest";
import { assertRoom, orSayNeed } from "./room";
import { distinctPieces, type ModelStore, missingBytes } from "./store";

export interface DownloadOptions {
  /** Where manifest.json and its pieces lie, with or without a slash at its end. */
  readonly baseUrl: string;
  /** The name under which the store keeps this model. */
  readonly model: string;
  readonly store: ModelStore;
  readonly signal?: AbortSignal | undefined;
  /** Called for every run of bytes that arrives, and once at the beginning with what is stored already. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Another `fetch`, for tests. */
  readonly fetch?: typeof fetch | undefined;
}

export interface DownloadProgress {
  /** Of the model's pieces: stored already, or received. */
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export interface Downloaded {
  readonly manifest: Manifest;
  /** Bytes of pieces that came over the network this time; the manifest is not counted. 0 when all was stored. */
  readonly fetchedBytes: number;
  /** The server could not be asked for its manifest, so the stored model was taken as it is. */
  readonly isOffline: boolean;
}

/** Requests at a time: enough to hide latency, few enough that only a few chunks are in memory. */
const IN_FLIGHT = 3;

/**
 * Brings a model into the store. What is stored is never fetched again, so this also resumes an interrupted download,
 * and after a complete one it only asks whether the manifest is still the same. Pieces that a new manifest no longer
 * lists are dropped. Without a usable answer from the server, a complete stored model will do.
 *
 * @throws ModelFileError for a manifest or piece that is missing, truncated or altered; QuotaError before the first
 * byte when the room is known not to suffice; StorageError; AbortError. What was stored until then stays.
 */
export async function download(options: DownloadOptions): Promise<Downloaded> {
  const { model, store, signal = new AbortController().signal } = options;
  try {
    const manifest = await fetchManifest(options, signal);
    return { manifest, fetchedBytes: await fetchMissing(options, manifest, signal), isOffline: false };
  } catch (error) {
    if (!(error instanceof ManifestFault)) throw error;
    const manifest = await storedManifest(store, model);
    if (!manifest) throw new ModelFileError(error.message, { cause: error });
    return { manifest, fetchedBytes: 0, isOffline: true };
  }
}

/** The server has no manifest to offer; the message says why. */
class ManifestFault extends ModelFileError {}

/**
 * Asks a folder what model it holds.
 *
 * @throws ModelFileError; AbortError.
 */
export async function fetchManifest(
  options: Pick<DownloadOptions, "baseUrl" | "fetch">,
  signal: AbortSignal,
): Promise<Manifest> {
  const request = { fetch: fetchOf(options), url: address(options, MANIFEST_FILE), name: MANIFEST_FILE };
  try {
    const response = await fetchFile({ ...request, cache: "no-cache", signal });
    return parseManifest(JSON.parse(await response.text()));
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof ModelFileError) throw new ManifestFault(cause.message, { cause });
    const reason = cause instanceof ManifestError ? ` ${cause.message}` : "";
    throw new ManifestFault(`The model's description ${MANIFEST_FILE} cannot be used.${reason}`, { cause });
  }
}

/** The manifest of a model of which every piece is stored. */
async function storedManifest(store: ModelStore, model: string): Promise<Manifest | undefined> {
  try {
    const manifest = parseManifest(await store.manifest(model));
    const missing = missingBytes(piecesOf(manifest), await store.held(model));
    return missing === 0 ? manifest : undefined;
  } catch (error) {
    // Nothing stored, or by another version of this page.
    if (error instanceof ManifestError) return undefined;
    throw error;
  }
}

async function fetchMissing(options: DownloadOptions, manifest: Manifest, signal: AbortSignal): Promise<number> {
  const { model, store, onProgress } = options;
  const pieces = distinctPieces(piecesOf(manifest));
  const held = await store.held(model);
  const missing = pieces.filter(({ sha256 }) => !held.has(sha256));
  const totalBytes = sumBytes(pieces);
  let unstoredBytes = sumBytes(missing);
  // Adopting also frees the room that pieces of a former version take, so room is looked at afterwards.
  await orSayNeed(store.adopt(model, manifest, { kind: "folder", baseUrl: options.baseUrl }), () => unstoredBytes);
  await assertRoom(store, unstoredBytes);
  const heldBytes = totalBytes - unstoredBytes;
  let fetchedBytes = 0;
  const count = (bytes: number) => {
    fetchedBytes += bytes;
    onProgress?.({ doneBytes: heldBytes + fetchedBytes, totalBytes });
  };
  count(0);
  await inParallel(missing, IN_FLIGHT, signal, async (piece, stop) => {
    const request = { fetch: fetchOf(options), url: address(options, piece.name), piece, signal: stop, onBytes: count };
    const bytes = await fetchPiece(request);
    await orSayNeed(store.put(model, piece.sha256, bytes), () => unstoredBytes);
    unstoredBytes -= piece.bytes;
  });
  return fetchedBytes;
}

const piecesOf = ({ files, chunks }: Manifest): readonly Piece[] => [...files, ...chunks];

// Bound, because a browser's fetch refuses to be called as a method of anything else.
const fetchOf = (options: Pick<DownloadOptions, "fetch">): typeof fetch =>
  options.fetch ?? globalThis.fetch.bind(globalThis);

const address = ({ baseUrl }: Pick<DownloadOptions, "baseUrl">, name: string): string =>
  `${baseUrl.replace(/\/$/, "")}/${name}`;
