import { expect, test } from "vitest";
import { acquireSoon } from "./patient-lock";

/** A lock manager that is busy for so many requests. */
function busyFor(requests: number) {
  let asked = 0;
  const request = async (_name: string, _options: unknown, granted: (lock: object | null) => unknown) =>
    granted(++asked > requests ? {} : null);
  return { locks: { request } as unknown as LockManager, asked: () => asked };
}

test("waits a moment for a tab that is closing", async () => {
  const { locks, asked } = busyFor(2);
  const lock = await acquireSoon("tiny", { locks, signal: new AbortController().signal });
  expect(asked()).toBe(3);
  lock.release();
});

test("does not wait for ever", async () => {
  const { locks } = busyFor(1_000);
  const signal = new AbortController().signal;
  await expect(acquireSoon("tiny", { locks, signal, patienceMs: 200 })).rejects.toMatchObject({
    name: "AlreadyOpenError",
  });
});
