import { StateStore } from "../state/state-store";
import { QuotaError } from "../weights/errors";
import type { ModelStore } from "../weights/store";

/**
 * Stores a model. Where it finds too little room, all stored states of conversations are given up for it, since they are
 * only a cache, and it is tried once more.
 *
 * @param work stores what is missing of the model; hears whether this is the second time.
 * @throws what the work throws: QuotaError only when there was nothing to give up, or too little.
 */
export async function makingRoom<T>(work: (isSecond: boolean) => Promise<T>): Promise<T> {
  try {
    return await work(false);
  } catch (error) {
    if (!(error instanceof QuotaError)) throw error;
    const isGivenUp = await withStates((states) => states.clear());
    if (!isGivenUp) throw error;
    return work(true);
  }
}

/** Bytes that a model may take: what is free, and what would be given up for it; undefined where the browser does not tell. */
export async function roomForModel(store: Pick<ModelStore, "freeBytes">): Promise<number | undefined> {
  const freeBytes = await store.freeBytes();
  return freeBytes === undefined ? undefined : freeBytes + ((await withStates((states) => states.bytes())) ?? 0);
}

/** Where the browser refuses to store states there are none. */
async function withStates<T>(work: (states: StateStore) => Promise<T>): Promise<T | undefined> {
  const states = await StateStore.open().catch(() => undefined);
  try {
    return states && (await work(states));
  } catch {
    return undefined;
  } finally {
    states?.close();
  }
}
