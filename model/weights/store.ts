import type { Draft } from "./draft";
import { QuotaError, StorageError } from "./errors";
import { type Manifest, type Piece, sumBytes } from "./format";
import type { Origin } from "./origin";
import * as database from "./store-database";

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
  /** Where the model came from. */
  origin(model: string): Promise<Origin | undefined>;
  /** Takes a manifest as the model's, and drops its draft and every piece that does not belong to it. */
  adopt(model: string, manifest: Manifest, origin: Origin): Promise<void>;
  /** How far an import of this model has come; undefined when none is under way. */
  draft(model: string): Promise<Draft | undefined>;
  saveDraft(model: string, draft: Draft): Promise<void>;
  /** Gives an import up: drops the draft, and every piece that the model's manifest does not list. */
  discardDraft(model: string): Promise<void>;
  /** The SHA-256 of every piece held. */
  held(model: string): Promise<ReadonlySet<string>>;
  /** A piece's bytes: undefined when it is not held, none when it is but cannot be read any more. */
  get(model: string, sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** @param bytes already verified. @throws QuotaError when there is no room. */
  put(model: string, sha256: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Drops one piece, found to be damaged. */
  drop(model: string, sha256: string): Promise<void>;
  /** Names of the models of which anything is stored. */
  list(): Promise<readonly string[]>;
  /**
   * Removes all that is stored of a model. From the first moment on the model is gone for good: what an interrupted
   * delete leaves behind, the next opening of the store removes.
   */
  delete(model: string): Promise<void>;
  /** Bytes that may still be stored, as the browser estimates; undefined where it does not tell. */
  freeBytes(): Promise<number | undefined>;
  close(): void;
}

/**
 * Opens the models in IndexedDB, in a page or a worker.
 *
 * @throws StorageError when the browser offers no IndexedDB here, or refuses it.
 */
export async function openModelStore(name = "longhand-models"): Promise<ModelStore> {
  const db = await guarded(() => database.open(name));
  await guarded(() => database.sweep(db));
  return {
    manifest: (model) => guarded(() => db.get("manifests", model)),
    origin: (model) => guarded(() => db.get("origins", model)),
    adopt: (model, manifest, origin) => guarded(() => database.adopt(db, model, manifest, origin)),
    draft: (model) => guarded(() => db.get("drafts", model)),
    async saveDraft(model, draft) {
      await guarded(() => db.put("drafts", draft, model));
    },
    discardDraft: (model) => guarded(() => database.discardDraft(db, model)),
    held: (model) => guarded(() => database.heldBy(db, model)),
    get: (model, sha256) => guarded(() => database.getPiece(db, [model, sha256])),
    async put(model, sha256, bytes) {
      await guarded(() => database.putPiece(db, [model, sha256], bytes), bytes.byteLength);
    },
    drop: (model, sha256) => guarded(() => db.delete("pieces", [model, sha256])),
    list: () => guarded(() => database.listModels(db)),
    delete: (model) => guarded(() => database.deleteModel(db, model)),
    freeBytes,
    close: () => db.close(),
  };
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
    if (database.isQuotaExceeded(cause)) throw new QuotaError(neededBytes, await freeBytes(), { cause });
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
