/** So long at most at a time, but for one piece: the page needs the rest of a frame for itself. */
const MOST_MS = 1;
/** The same where the page has had nothing to spare for a second: what waits must not pile up. */
const OVERDUE_MS = 8;

let waiting: (() => void)[] = [];

/** Does small pieces of work one after the other, when the page has nothing else to do. */
export function whenFree(work: () => void): void {
  waiting.push(work);
  if (waiting.length === 1) whenIdle(doSome);
}

function doSome(isOverdue: boolean): void {
  const until = performance.now() + (isOverdue ? OVERDUE_MS : MOST_MS);
  let done = 0;
  try {
    while (done === 0 || (done < waiting.length && performance.now() < until)) waiting[done++]?.();
  } finally {
    // A piece that fails is told as any failure, and holds up none of the others.
    waiting = waiting.slice(done);
    if (waiting.length > 0) whenIdle(doSome);
  }
}

/** Safari has no idle callbacks. */
function whenIdle(run: (isOverdue: boolean) => void): void {
  if ("requestIdleCallback" in globalThis) requestIdleCallback(({ didTimeout }) => run(didTimeout), { timeout: 1_000 });
  else setTimeout(run, 50, false);
}
