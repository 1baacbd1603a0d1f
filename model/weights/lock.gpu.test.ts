import { expect, test } from "vitest";
import { AlreadyOpenError, acquireModelLock, TakenOverError } from "./lock";

// In Chromium because Web Locks are the browser's. The GPU is not needed.

test("one at a time, and the next one once it is released", async () => {
  const first = await acquireModelLock("a");
  await expect(acquireModelLock("a")).rejects.toThrow(AlreadyOpenError);
  const other = await acquireModelLock("b");
  first.release();
  first.release();
  await expect.poll(() => acquireModelLock("a").then((lock) => lock.release())).toBeUndefined();
  expect([first.lost.aborted, other.lost.aborted]).toEqual([false, false]);
  other.release();
});

test("can be taken over, and the one who had it is told", async () => {
  const first = await acquireModelLock("c");
  const told = new Promise((resolve) => first.lost.addEventListener("abort", () => resolve(first.lost.reason)));
  const second = await acquireModelLock("c", { steal: true });
  expect(await told).toBeInstanceOf(TakenOverError);
  expect(second.lost.aborted).toBe(false);
  first.release();
  await expect(acquireModelLock("c")).rejects.toThrow("in another tab");
  second.release();
});

test("goes without where there are no Web Locks, and stops at an abort", async () => {
  const lock = await acquireModelLock("d", { locks: undefined });
  expect(lock.lost.aborted).toBe(false);
  lock.release();
  await expect(acquireModelLock("d", { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "AbortError" });
});
