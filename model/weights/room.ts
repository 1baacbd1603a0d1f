import { QuotaError } from "./errors";
import type { ModelStore } from "./store";

/** @throws QuotaError when the browser is known to have less room than this. */
export async function assertRoom(store: ModelStore, neededBytes: number): Promise<void> {
  const freeBytes = neededBytes > 0 ? await store.freeBytes() : undefined;
  if (freeBytes !== undefined && freeBytes < neededBytes) throw new QuotaError(neededBytes, freeBytes);
}

/**
 * The store knows what one write needs; the person wants to know what the rest of the model needs.
 *
 * @throws QuotaError with that need; whatever else storing throws.
 */
export async function orSayNeed(stored: Promise<void>, neededBytes: () => number): Promise<void> {
  try {
    await stored;
  } catch (cause) {
    throw cause instanceof QuotaError ? new QuotaError(neededBytes(), cause.freeBytes, { cause }) : cause;
  }
}
