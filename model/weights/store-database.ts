import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB } from "idb";
import type { Draft } from "./draft";
import type { Manifest } from "./format";
import type { Origin } from "./origin";

/** Keys are names of models, but for the pieces. */
interface Schema extends DBSchema {
  manifests: { key: string; value: Manifest };
  origins: { key: string; value: Origin };
  drafts: { key: string; value: Draft };
  /** Models that are being deleted. */
  doomed: { key: string; value: true };
  /** By model and SHA-256. */
  pieces: { key: [string, string]; value: StoredPiece };
}

/** Browsers read a Blob with half the work of an array, which they copy once more. Arrays are what earlier pages stored. */
type StoredPiece = Blob | Uint8Array<ArrayBuffer>;

type Database = IDBPDatabase<Schema>;

/** 1 had chunks of format 1, which nobody can read any more. */
const DATABASE_VERSION = 2;

const STORES = ["manifests", "origins", "drafts", "doomed", "pieces"] as const;

/** All but the pieces: what names a model. */
const RECORDS = ["manifests", "origins", "drafts"] as const;

/** Opens the database, and makes it new where it is of an older version. */
export function open(name: string): Promise<Database> {
  return openDB<Schema>(name, DATABASE_VERSION, {
    upgrade(db) {
      for (const store of [...db.objectStoreNames]) db.deleteObjectStore(store);
      for (const store of STORES) db.createObjectStore(store);
    },
    // A newer page in another tab wants to change the database: this tab must not hold it up.
    blocking(_current, _blocked, event) {
      (event.target as IDBDatabase).close();
    },
  });
}

/** Ends deletions that were interrupted. */
export async function sweep(db: Database): Promise<void> {
  for (const model of await db.getAllKeys("doomed")) await removePieces(db, model);
}

/** One transaction: a model is adopted wholly or not at all. */
export async function adopt(db: Database, model: string, manifest: Manifest, origin: Origin): Promise<void> {
  const transaction = db.transaction(STORES, "readwrite");
  await Promise.all([
    dropStrangers(transaction, model, manifest),
    transaction.objectStore("manifests").put(manifest, model),
    transaction.objectStore("origins").put(origin, model),
    transaction.objectStore("drafts").delete(model),
    transaction.done,
  ]);
}

/** Drops the draft, and the pieces that only it knew. */
export async function discardDraft(db: Database, model: string): Promise<void> {
  const transaction = db.transaction(STORES, "readwrite");
  const manifest = await transaction.objectStore("manifests").get(model);
  await Promise.all([
    dropStrangers(transaction, model, manifest),
    transaction.objectStore("drafts").delete(model),
    transaction.done,
  ]);
}

/** @throws DOMException when there is no room, or the browser refuses. */
export async function putPiece(db: Database, key: [string, string], bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  try {
    await db.put("pieces", new Blob([bytes]), key);
  } catch (cause) {
    if (isQuotaExceeded(cause)) throw cause;
    // Some browsers store no Blob in a private window.
    await db.put("pieces", bytes, key);
  }
}

/** Of a piece that is there and cannot be read any more, nothing: no piece is empty, so it counts as damaged. */
export async function getPiece(db: Database, key: [string, string]): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const stored = await db.get("pieces", key);
  if (!(stored instanceof Blob)) return stored;
  // A Blob is a file of its own beside the database; what became of that shows only when it is read.
  return new Uint8Array(await stored.arrayBuffer().catch(() => new ArrayBuffer(0)));
}

export const isQuotaExceeded = (cause: unknown): boolean =>
  cause instanceof Error && cause.name === "QuotaExceededError";

/** The SHA-256 of every piece of a model. */
export async function heldBy(db: Database, model: string): Promise<ReadonlySet<string>> {
  const keys = await db.getAllKeys("pieces", piecesOf(model));
  return new Set(keys.map(([, sha256]) => sha256));
}

/** Every model of which anything is stored and that is not being deleted. */
export async function listModels(db: Database): Promise<string[]> {
  const transaction = db.transaction(STORES);
  const [doomed, keys, ...named] = await Promise.all([
    transaction.objectStore("doomed").getAllKeys(),
    transaction.objectStore("pieces").getAllKeys(),
    ...RECORDS.map((store) => transaction.objectStore(store).getAllKeys()),
  ]);
  const models = new Set([...named.flat(), ...keys.map(([model]) => model)]);
  return [...models].filter((model) => !doomed.includes(model)).sort();
}

/** Two transactions, since gigabytes may take a while: the first makes the decision last, the second frees the room. */
export async function deleteModel(db: Database, model: string): Promise<void> {
  const transaction = db.transaction(STORES, "readwrite");
  await Promise.all([
    transaction.objectStore("doomed").put(true, model),
    ...RECORDS.map((store) => transaction.objectStore(store).delete(model)),
    transaction.done,
  ]);
  await removePieces(db, model);
}

async function removePieces(db: Database, model: string): Promise<void> {
  const transaction = db.transaction(STORES, "readwrite");
  await Promise.all([
    transaction.objectStore("pieces").delete(piecesOf(model)),
    transaction.objectStore("doomed").delete(model),
    transaction.done,
  ]);
}

/** Every key [model, …]: an empty list is greater than any text. */
const piecesOf = (model: string): IDBKeyRange => IDBKeyRange.bound([model, ""], [model, []], false, true);

/** Drops the pieces of a model that its manifest, if any, does not list. */
async function dropStrangers(
  transaction: IDBPTransaction<Schema, typeof STORES, "readwrite">,
  model: string,
  manifest: Manifest | undefined,
): Promise<void> {
  const belongs = new Set(manifest && [...manifest.files, ...manifest.chunks].map(({ sha256 }) => sha256));
  const pieces = transaction.objectStore("pieces");
  const keys = await pieces.getAllKeys(piecesOf(model));
  await Promise.all(keys.filter(([, sha256]) => !belongs.has(sha256)).map((key) => pieces.delete(key)));
}
