import { AlreadyOpenError, acquireModelLock, type LockOptions, type ModelLock } from "../weights/lock";
import { pause } from "../weights/pause";

export interface PatientLockOptions extends LockOptions {
  readonly signal: AbortSignal;
  /** How long to wait for a tab that may just be closing. */
  readonly patienceMs?: number;
}

const TRY_EVERY_MS = 100;

/**
 * Takes the lock of a model, and waits a moment for it: after a reload the browser gives back only soon the lock of the
 * page that was there before.
 *
 * @throws AlreadyOpenError when another tab keeps it; AbortError.
 */
export async function acquireSoon(model: string, options: PatientLockOptions): Promise<ModelLock> {
  const { signal, patienceMs = 1_500 } = options;
  for (let waitedMs = 0; ; waitedMs += TRY_EVERY_MS) {
    try {
      return await acquireModelLock(model, options);
    } catch (error) {
      if (!(error instanceof AlreadyOpenError) || waitedMs >= patienceMs) throw error;
      await pause(TRY_EVERY_MS, signal);
    }
  }
}
