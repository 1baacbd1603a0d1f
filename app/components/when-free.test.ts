import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { whenFree } from "./when-free";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("what fails holds up nothing that waits after it, then or later", () => {
  const done: string[] = [];
  whenFree(() => {
    throw new Error("thrown by a test");
  });
  whenFree(() => done.push("after it"));
  expect(() => vi.runAllTimers()).toThrow("thrown by a test");
  vi.runAllTimers();
  whenFree(() => done.push("later"));
  vi.runAllTimers();
  expect(done).toEqual(["after it", "later"]);
});
