import { attempt } from "@gpu/attempt";
import type { Gpu } from "@gpu/device";
import { downloadBytes, type Tensor } from "@gpu/tensor";
import { type CacheRows, cacheRowBytes, type RowRange, takeRows } from "../state/cache-rows";
import { snapshotBytes } from "../state/snapshot";
import { beginWriting, bytesOf, type StateStore, type StoredChunk, type StoredState } from "../state/state-store";
import { sha256 } from "../weights/sha256";
import { commonLength } from "./common-length";
import type { Session } from "./session";

/** Positions of the full cache in a chunk, 5 MB of the published model's. What is complete is written once. */
const ROWS_OF_A_CHUNK = 1024;

/** What there is to store of a conversation. */
export interface Keepable {
  /** What the state has read. */
  readonly ids: readonly number[];
  /** After so many of them, or a few less, it should be possible to go on. */
  readonly lengths: readonly number[];
  /** The replies among them, as they were written. */
  readonly replies: readonly (readonly number[])[];
}

/** Brings states of conversations into the browser's storage, and back. */
export class StateKeeper {
  readonly #gpu: Gpu;
  readonly #session: Session;
  readonly #store: StateStore;
  readonly #model: string;

  /** @param model the SHA-256 of its manifest. */
  constructor(gpu: Gpu, session: Session, store: StateStore, model: string) {
    this.#gpu = gpu;
    this.#session = session;
    this.#store = store;
    this.#model = model;
  }

  /** What is stored of a conversation; undefined also where the browser refuses to tell. */
  find(conversation: string): Promise<StoredState | undefined> {
    return this.#store.state(conversation, this.#model).catch(() => undefined);
  }

  /**
   * Lets the session go back to the longest beginning of these ids that is stored, if that is longer than `known` of
   * them. What is damaged is deleted; what there is no room for, or could not be read now, stays.
   */
  async load(conversation: string, stored: StoredState, ids: readonly number[], known: number): Promise<void> {
    const common = commonLength(stored.ids, ids);
    const usable = stored.snapshots.filter(({ length }) => length > known && length <= common);
    const longest = usable.reduce<(typeof usable)[0] | undefined>(
      (best, next) => (best && best.length > next.length ? best : next),
      undefined,
    );
    if (!longest) return;
    const { state, checkpoints } = this.#session.runner;
    const loaded: GPUBuffer[] = [];
    const read = async (chunk: StoredChunk, bytes: number) => {
      const buffer = await this.#upload(await this.#read(conversation, chunk, bytes));
      loaded.push(buffer);
      return buffer;
    };
    try {
      const snapshot = await read(longest, snapshotBytes(state, longest.length));
      const rows: CacheRows[] = [];
      for (const { from, to, ...chunk } of stored.rows.filter((chunk) => chunk.from < longest.length)) {
        rows.push({ buffer: await read(chunk, (to - from) * cacheRowBytes(state.full)), from, to });
      }
      checkpoints.add(
        { ids: [...stored.ids.subarray(0, longest.length)], snapshot, from: "storage" },
        rows,
        stored.ids,
      );
      this.#store.touch(conversation).catch(() => undefined);
    } catch {
      for (const buffer of loaded) buffer.destroy();
    }
  }

  /**
   * Stores the state after these ids in place of what was stored of the conversation, with snapshots after some of them.
   * The sequence must still go on from these ids; otherwise, and where there is no room, nothing happens.
   *
   * @param signal When it aborts, nothing has changed but for chunks that the next writing drops.
   * @returns bytes that the state takes, or undefined when it was not stored.
   */
  async keep(
    conversation: string,
    { ids, lengths, replies }: Keepable,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const { runner, live } = this.#session;
    if (commonLength(live, ids) < ids.length) return undefined;
    const found = lengths.map((length) => runner.checkpoints.find(ids.slice(0, length), live));
    const points = (await Promise.all(found)).filter((point) => point !== undefined);
    const rowBytes = cacheRowBytes(runner.state.full);
    const size = points.reduce((sum, { snapshot }) => sum + snapshot.size, ids.length * rowBytes);
    if (points.length === 0 || !(await this.#store.hasRoom(size))) return undefined;

    const before = await this.#store.state(conversation, this.#model);
    const common = before ? commonLength(before.ids, ids) : 0;
    const write = this.#writer(conversation, signal);
    const snapshots: StoredState["snapshots"][number][] = [];
    for (const {
      ids: { length },
      snapshot,
    } of points) {
      const old = before?.snapshots.find((other) => other.length === length && length <= common);
      snapshots.push(old ?? { ...(await write(`${length}`, () => this.#download(snapshot))), length });
    }
    const rows: StoredState["rows"][number][] = [];
    for (const range of chunkRanges(ids.length)) {
      const old = before?.rows.find(({ from, to }) => from === range.from && to === range.to && to <= common);
      rows.push(old ?? { ...(await write(`rows ${range.from}`, () => this.#downloadRows(range))), ...range });
    }
    const toWords = (list: readonly number[]) => Uint32Array.from(list);
    const state = { model: this.#model, ids: toWords(ids), replies: replies.map(toWords), snapshots, rows };
    await this.#store.adopt(conversation, state);
    return bytesOf(state);
  }

  #writer(conversation: string, signal: AbortSignal) {
    const writing = beginWriting();
    return async (name: string, download: () => Promise<ArrayBuffer>): Promise<StoredChunk> => {
      signal.throwIfAborted();
      const bytes = new Uint8Array(await download());
      const chunk = { key: `${writing} ${name}`, bytes: bytes.byteLength, sha256: await sha256(bytes) };
      signal.throwIfAborted();
      await this.#store.putChunk(conversation, chunk.key, bytes);
      signal.throwIfAborted();
      return chunk;
    };
  }

  /** Deletes what is stored of a conversation. */
  forget(conversation: string): Promise<void> {
    return this.#store.delete(conversation).catch(() => undefined);
  }

  async #read(conversation: string, chunk: StoredChunk, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
    const found = await this.#store.chunk(conversation, chunk.key);
    const isWhole = found?.byteLength === bytes && (await sha256(found)) === chunk.sha256;
    if (found && isWhole) return found;
    await this.forget(conversation);
    throw new Error(`The chunk ${chunk.key} is missing or damaged.`);
  }

  async #upload(bytes: Uint8Array<ArrayBuffer>): Promise<GPUBuffer> {
    const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const { made, isAccepted } = attempt(this.#gpu, () => {
      const buffer = this.#gpu.device.createBuffer({ label: "stored state", size: bytes.byteLength, usage });
      this.#gpu.device.queue.writeBuffer(buffer, 0, bytes);
      return buffer;
    });
    if (await isAccepted) return made;
    made.destroy();
    throw new Error("The device has no room for a stored state.");
  }

  async #downloadRows(range: RowRange): Promise<ArrayBuffer> {
    const { made, isAccepted } = attempt(this.#gpu, () => takeRows(this.#gpu, this.#session.runner.state.full, range));
    try {
      if (!(await isAccepted)) throw new Error("The device has no room for a copy of its rows.");
      return await this.#download(made.buffer);
    } finally {
      made.buffer.destroy();
    }
  }

  /** Rejects where the device has no room for the copy that is read, and nobody else hears of it. */
  async #download(buffer: GPUBuffer): Promise<ArrayBuffer> {
    const state: Tensor = { label: "state", shape: [], type: "u32", buffer };
    const { made, isAccepted } = attempt(this.#gpu, () => downloadBytes(this.#gpu, state));
    const bytes = await made;
    // What is copied from a buffer that is gone would be zeros.
    if (!(await isAccepted)) throw new Error("The device refused to copy a state.");
    return bytes;
  }
}

function chunkRanges(positions: number): RowRange[] {
  return Array.from({ length: Math.ceil(positions / ROWS_OF_A_CHUNK) }, (_, i) => ({
    from: i * ROWS_OF_A_CHUNK,
    to: Math.min(positions, (i + 1) * ROWS_OF_A_CHUNK),
  }));
}
