import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { RowRange } from "./cache-rows";

/**
 * Raised when what is stored would be read wrongly; also when a kernel is mended and states hold something else since: one
 * that went wrong would be gone on with.
 */
const FORMAT = 1;
/** Of all conversations together. */
const MOST_BYTES = 2 ** 30;
/** What is free is mostly for models: a state is written only if it takes no more than this part of it. */
const SHARE_OF_FREE = 0.25;

/** No state takes longer to be written. */
const WRITING_MS = 10 * 60 * 1000;

/** Bytes under a key of their own. */
export interface StoredChunk {
  readonly key: string;
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/** What a model had read of a conversation, and where the bytes of its state lie. */
export interface StoredState {
  /** The model's manifest; a state is of no use for any other. */
  readonly model: string;
  readonly ids: Uint32Array;
  /** Of replies among them, as they were written. */
  readonly replies: readonly Uint32Array[];
  /** All of the state but the full cache after the first `length` of `ids`; several such lengths, at least one. */
  readonly snapshots: readonly (StoredChunk & { readonly length: number })[];
  /** Of the full cache, all positions of `ids` in order. */
  readonly rows: readonly (StoredChunk & RowRange)[];
}

interface Kept extends StoredState {
  readonly format: number;
  /** Milliseconds since 1970. */
  readonly usedAt: number;
}

/** Keys begin with the conversation's name. */
interface Schema extends DBSchema {
  states: { key: string; value: Kept };
  chunks: { key: [string, string]; value: Uint8Array<ArrayBuffer> };
}

/** What the keys of a state's chunks begin with, so that another tab knows how long ago their writing began. */
export const beginWriting = (): string => `${Date.now()} ${crypto.randomUUID()}`;

const isBeingWritten = (key: string): boolean => Date.now() - Number.parseInt(key, 10) < WRITING_MS;

/**
 * States of conversations in IndexedDB, one of each, beside the models and apart from them. It is a cache: anything of it
 * may be missing at any time, the oldest goes first, and nothing else is ever deleted for it. All of it is given up for a
 * model that finds no room (library/make-room.ts).
 */
export class StateStore {
  readonly #db: IDBPDatabase<Schema>;
  readonly #mostBytes: number;

  private constructor(db: IDBPDatabase<Schema>, mostBytes: number) {
    this.#db = db;
    this.#mostBytes = mostBytes;
  }

  /** Opens the store in a page or a worker; throws whatever the browser says when it refuses. */
  static async open(name = "longhand-states", mostBytes = MOST_BYTES): Promise<StateStore> {
    const db = await openDB<Schema>(name, FORMAT, {
      upgrade(db) {
        for (const store of [...db.objectStoreNames]) db.deleteObjectStore(store);
        for (const store of ["states", "chunks"] as const) db.createObjectStore(store);
      },
      // A newer page in another tab wants to change the database: this tab must not hold it up.
      blocking(_current, _blocked, event) {
        (event.target as IDBDatabase).close();
      },
    });
    const store = new StateStore(db, mostBytes);
    await store.#sweep();
    return store;
  }

  /** What is stored of a conversation for this model. */
  async state(conversation: string, model: string): Promise<StoredState | undefined> {
    const kept = await this.#db.get("states", conversation);
    return kept?.format === FORMAT && kept.model === model ? kept : undefined;
  }

  chunk(conversation: string, key: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#db.get("chunks", [conversation, key]);
  }

  /** Nobody knows of it until a state is adopted that lists it. @param key see `beginWriting` */
  async putChunk(conversation: string, key: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#db.put("chunks", bytes, [conversation, key]);
  }

  /** Takes a state in place of what was stored of the conversation, then makes room by dropping the oldest of others. */
  async adopt(conversation: string, state: StoredState): Promise<void> {
    await this.#db.put("states", { ...state, format: FORMAT, usedAt: Date.now() }, conversation);
    await this.#sweep(conversation);
    await this.#shrink();
  }

  /** Whether a state of this size should be written at all. */
  async hasRoom(bytes: number): Promise<boolean> {
    const { quota, usage } = (await globalThis.navigator?.storage?.estimate?.()) ?? {};
    const free = quota === undefined || usage === undefined ? Number.POSITIVE_INFINITY : quota - usage;
    return bytes <= Math.min(this.#mostBytes, free * SHARE_OF_FREE);
  }

  /** It has been of use, and is not the oldest any more. */
  async touch(conversation: string): Promise<void> {
    const state = await this.#db.get("states", conversation);
    if (state) await this.#db.put("states", { ...state, usedAt: Date.now() }, conversation);
  }

  async delete(conversation: string): Promise<void> {
    const transaction = this.#db.transaction(["states", "chunks"], "readwrite");
    await Promise.all([
      transaction.objectStore("states").delete(conversation),
      transaction.objectStore("chunks").delete(IDBKeyRange.bound([conversation, ""], [conversation, []])),
      transaction.done,
    ]);
  }

  /** Of all states, in bytes. */
  async bytes(): Promise<number> {
    return (await this.#db.getAll("states")).reduce((sum, state) => sum + bytesOf(state), 0);
  }

  /** Deletes all that is stored. @returns whether there was anything. */
  async clear(): Promise<boolean> {
    const transaction = this.#db.transaction(["states", "chunks"], "readwrite");
    const chunks = transaction.objectStore("chunks");
    const [count] = await Promise.all([
      chunks.count(),
      chunks.clear(),
      transaction.objectStore("states").clear(),
      transaction.done,
    ]);
    return count > 0;
  }

  close(): void {
    this.#db.close();
  }

  /**
   * Drops chunks that no state lists: their writing was interrupted, or others have taken their place. Of all conversations
   * not those that another tab may be writing now.
   */
  async #sweep(conversation?: string): Promise<void> {
    const range = conversation === undefined ? undefined : IDBKeyRange.bound([conversation, ""], [conversation, []]);
    const transaction = this.#db.transaction(["states", "chunks"], "readwrite");
    const [states, names, keys] = await Promise.all([
      transaction.objectStore("states").getAll(),
      transaction.objectStore("states").getAllKeys(),
      transaction.objectStore("chunks").getAllKeys(range),
    ]);
    const listed = new Set(names.flatMap((name, i) => chunksOf(states[i]).map(({ key }) => `${name}\n${key}`)));
    const isLeft = (key: string) => conversation !== undefined || !isBeingWritten(key);
    const strangers = keys.filter(([name, key]) => !listed.has(`${name}\n${key}`) && isLeft(key));
    await Promise.all([...strangers.map((key) => transaction.objectStore("chunks").delete(key)), transaction.done]);
  }

  async #shrink(): Promise<void> {
    const names = await this.#db.getAllKeys("states");
    const states = await this.#db.getAll("states");
    const oldestFirst = states
      .map((state, i) => ({ name: names[i] ?? "", usedAt: state.usedAt, bytes: bytesOf(state) }))
      .sort((a, b) => a.usedAt - b.usedAt);
    let bytes = oldestFirst.reduce((sum, state) => sum + state.bytes, 0);
    for (const oldest of oldestFirst) {
      if (bytes <= this.#mostBytes) return;
      await this.delete(oldest.name);
      bytes -= oldest.bytes;
    }
  }
}

const chunksOf = (state: StoredState | undefined): readonly StoredChunk[] =>
  state ? [...state.snapshots, ...state.rows] : [];

/** What a state takes in the browser's storage. */
export const bytesOf = (state: StoredState): number => chunksOf(state).reduce((sum, { bytes }) => sum + bytes, 0);
