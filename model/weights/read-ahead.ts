/**
 * Works on items ahead of whoever takes the results: up to `width` at a time are under way or waiting, and results
 * come in the order of the items. Leaving the loop early, by an error too, aborts what is under way.
 */
export async function* readAhead<T, R>(
  items: Iterable<T>,
  width: number,
  work: (item: T, signal: AbortSignal) => Promise<R>,
): AsyncGenerator<{ readonly item: T; readonly result: R }, void, void> {
  const left = new AbortController();
  const queue: { item: T; pending: Promise<R> }[] = [];
  const source = items[Symbol.iterator]();
  const refill = () => {
    while (queue.length < width) {
      const { done, value } = source.next();
      if (done) return;
      const pending = work(value, left.signal);
      // Awaited in its turn, where it still throws; until then its failure is nobody's.
      pending.catch(() => undefined);
      queue.push({ item: value, pending });
    }
  };
  try {
    for (refill(); ; refill()) {
      const next = queue.shift();
      if (!next) return;
      yield { item: next.item, result: await next.pending };
    }
  } finally {
    left.abort();
    await Promise.allSettled(queue.map(({ pending }) => pending));
  }
}
