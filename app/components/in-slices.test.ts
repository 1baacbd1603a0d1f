import { beforeEach, expect, test, vi } from "vitest";
import { awaitSlices, inSlices, isSlicing, onSlicing } from "./in-slices";

let frame: () => void;
beforeEach(() => vi.stubGlobal("requestAnimationFrame", (run: () => void) => (frame = run)));

test("it goes on where what was awaited has its pieces, and is over a frame after the last one", async () => {
  const heard: boolean[] = [];
  const stop = onSlicing(() => heard.push(isSlicing()));
  const arrived = awaitSlices();
  arrived();
  inSlices(() => undefined);
  await Promise.resolve();
  expect(heard).toEqual([true]);
  frame();
  expect(heard).toEqual([true]);
  frame();
  expect(heard).toEqual([true, false]);
  stop();
});

test("it is over where what was awaited has none", async () => {
  awaitSlices()();
  await Promise.resolve();
  expect(isSlicing()).toBe(false);
});
