/** Another tab has this model open. The message is shown to the person using the app. */
export class AlreadyOpenError extends Error {
  override readonly name = "AlreadyOpenError";
}

/** Another tab took the model over from this one. The message is shown to the person using the app. */
export class TakenOverError extends Error {
  override readonly name = "TakenOverError";
}

/** The right to import, load or delete a model, which one tab has at a time. */
export interface ModelLock {
  /** Aborted, with a TakenOverError, when another tab takes the lock. Whoever holds it must stop then. */
  readonly lost: AbortSignal;
  /** Gives the lock back. More than once does no harm. */
  release(): void;
}

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Takes the lock away from the tab that has it. */
  readonly steal?: boolean | undefined;
  /** Another LockManager, for tests. undefined where the browser has none: pages that are not secure. */
  readonly locks?: LockManager | undefined;
}

/**
 * Takes the lock of a model. The browser gives it back when the tab is closed or crashes. Where there are no Web Locks
 * every tab gets it: all writes to the store are the same in any order, so that costs time and never bytes.
 *
 * @throws AlreadyOpenError when another tab has it and `steal` is not set; AbortError.
 */
export function acquireModelLock(model: string, options: LockOptions = {}): Promise<ModelLock> {
  const { signal, steal = false } = options;
  const locks = "locks" in options ? options.locks : globalThis.navigator?.locks;
  const lost = new AbortController();
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const lock: ModelLock = { lost: lost.signal, release: () => release() };
  if (signal?.aborted) return Promise.reject(signal.reason);
  if (!locks) return Promise.resolve(lock);

  return new Promise((resolve, reject) => {
    // Neither way waits for another tab, so there is nothing that the signal would have to interrupt.
    const request = locks.request(`longhand-model-${model}`, steal ? { steal } : { ifAvailable: true }, (granted) => {
      if (!granted)
        throw new AlreadyOpenError("Longhand has this model open in another tab. You can use it there, or here.");
      resolve(lock);
      return held;
    });
    request.catch((error: unknown) => {
      const taken = new TakenOverError("Another tab took this model over.", { cause: error });
      lost.abort(taken);
      reject(error);
    });
  });
}
