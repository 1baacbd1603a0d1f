/**
 * Works through items in order, at most `width` at a time. The first failure, or an abort from outside, stops the
 * others through the signal they are given; it is thrown once all of them have ended, so nothing goes on behind.
 */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failure = new AbortController();
  const stop = AbortSignal.any([signal, failure.signal]);
  const queue = items.values();
  const lane = async () => {
    for (const item of queue) {
      stop.throwIfAborted();
      await work(item, stop);
    }
  };
  const lanes = Array.from({ length: Math.min(width, items.length) }, () =>
    lane().catch((error: unknown) => {
      // Only the first reason is kept.
      failure.abort(error);
    }),
  );
  await Promise.all(lanes);
  signal.throwIfAborted();
  failure.signal.throwIfAborted();
}
