import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import { QuotaError, StorageError } from "./errors";
import { type Manifest, type Piece, sumBytes } from "./format";

/**
 * Where models are kept between visits, by a name of the app's choosing ("tiny"). A piece is stored under its SHA-256
 * and only after its bytes were checked, so being held means being verified, and an interrupted download goes on where
 * it ended. Every method is one transaction: two tabs that download the same model write the same bytes.
 *
 * Every method throws StorageError when the browser refuses.
 */
export interface ModelStore {
  /** The model's manifest as it was adopted, unchecked; undefined when there is none. */
  manifest(model: string): Promise<unknown>;
  /** Takes a manifest as the model's, and drops every piece that does not belong to it. */
  adopt(model: string, manifest: Manifest): Promise<void>;
  /** The SHA-256 of every piece held. */
  held(model: string): Promise<ReadonlySet<string>>;
  get(model: string, sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** @param bytes already verified. @throws QuotaError when there is no room. */
  put(model: string, sha256: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Drops one piece, found to be damaged. */
  drop(model: string, sha256: string): Promise<void>;
  /** Names of the models of which anything is stored. */
  list(): Promise<readonly string[]>;
  /** Removes all that is stored of a model. */
  delete(model: string): Promise<void>;
  /** Bytes that may still be stored, as the browser estimates; undefined where it does not tell. */
  freeBytes(): Promise<number | undefined>;
  close(): void;
}

interface Schema extends DBSchema {
  manifests: { key: string; value: Manifest };
  /** By model and SHA-256. */
  pieces: { key: [string, string]; value: Uint8Array<ArrayBuffer> };
}

const BOTH = ["manifests", "pieces"] as const;

/**
 * Opens the models in IndexedDB, in a page or a worker.
 *
 * @throws StorageError when the browser offers no IndexedDB here, or refuses it.
 */
export async function openModelStore(database = "longhand-models"): Promise<ModelStore> {
  const db = await guarded(() => open(database));
  return {
    manifest: (model) => guarded(() => db.get("manifests", model)),
    adopt: (model, manifest) => guarded(() => adopt(db, model, manifest)),
    held: (model) => guarded(() => heldBy(db, model)),
    get: (model, sha256) => guarded(() => db.get("pieces", [model, sha256])),
    async put(model, sha256, bytes) {
      await guarded(() => db.put("pieces", bytes, [model, sha256]), bytes.byteLength);
    },
    drop: (model, sha256) => guarded(() => db.delete("pieces", [model, sha256])),
    list: () => guarded(() => listModels(db)),
    delete: (model) => guarded(() => deleteModel(db, model)),
    freeBytes,
    close: () => db.close(),
  };
}

function open(database: string): Promise<IDBPDatabase<Schema>> {
  return openDB<Schema>(database, 1, {
    upgrade(db) {
      db.createObjectStore("manifests");
      db.createObjectStore("pieces");
    },
    // A newer page in another tab wants to change the database: this tab must not hold it up.
    blocking(_current, _blocked, event) {
      (event.target as IDBDatabase).close();
    },
  });
}

/** Every key [model, …]: an empty list is greater than any text. */
const piecesOf = (model: string): IDBKeyRange => IDBKeyRange.bound([model, ""], [model, []], false, true);

async function adopt(db: IDBPDatabase<Schema>, model: string, manifest: Manifest): Promise<void> {
  const belongs = new Set([...manifest.files, ...manifest.chunks].map((piece: Piece) => piece.sha256));
  const transaction = db.transaction(BOTH, "readwrite");
  const pieces = transaction.objectStore("pieces");
  const keys = await pieces.getAllKeys(piecesOf(model));
  const strangers = keys.filter(([, sha256]) => !belongs.has(sha256));
  await Promise.all([
    ...strangers.map((key) => pieces.delete(key)),
    transaction.objectStore("manifests").put(manifest, model),
    transaction.done,
  ]);
}

async function heldBy(db: IDBPDatabase<Schema>, model: string): Promise<ReadonlySet<string>> {
  const keys = await db.getAllKeys("pieces", piecesOf(model));
  return new Set(keys.map(([, sha256]) => sha256));
}

async function listModels(db: IDBPDatabase<Schema>): Promise<string[]> {
  const transaction = db.transaction(BOTH);
  const [named, keys] = await Promise.all([
    transaction.objectStore("manifests").getAllKeys(),
    transaction.objectStore("pieces").getAllKeys(),
  ]);
  return [...new Set([...named, ...keys.map(([model]) => model)])].sort();
}

async function deleteModel(db: IDBPDatabase<Schema>, model: string): Promise<void> {
  const transaction = db.transaction(BOTH, "readwrite");
  await Promise.all([
    transaction.objectStore("manifests").delete(model),
    transaction.objectStore("pieces").delete(piecesOf(model)),
    transaction.done,
  ]);
}

async function freeBytes(): Promise<number | undefined> {
  const { quota, usage } = (await globalThis.navigator?.storage?.estimate?.()) ?? {};
  return quota === undefined || usage === undefined ? undefined : Math.max(0, quota - usage);
}

/** Turns the browser's refusals into errors with a sentence for the person. */
async function guarded<T>(work: () => Promise<T>, neededBytes = 0): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof Error && cause.name === "QuotaExceededError")
      throw new QuotaError(neededBytes, await freeBytes(), { cause });
    const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
    throw new StorageError(
      `This browser refused to store the model (${reason}). A private window or blocked site data may be the reason.`,
      { cause },
    );
  }
}

/** Bytes of the pieces that are not held, counting pieces of the same content once. */
export function missingBytes(pieces: readonly Piece[], held: ReadonlySet<string>): number {
  return sumBytes(distinctPieces(pieces).filter(({ sha256 }) => !held.has(sha256)));
}

/** Pieces of the same content are stored, and fetched, once. */
export function distinctPieces(pieces: readonly Piece[]): Piece[] {
  return [...new Map(pieces.map((piece) => [piece.sha256, piece])).values()];
}
