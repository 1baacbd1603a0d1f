import { expect, test } from "vitest";
import { pickFastest, type Sample } from "./pick-fastest";

/** A device on which candidates take these times, as `seen` distorts them at each call. */
function device(times: readonly number[], seen = (ms: number, _call: number, _candidate: number) => ms) {
  const calls: (readonly number[])[] = [];
  const sample: Sample = async (candidates) => {
    calls.push(candidates);
    return candidates.map((candidate) => seen(times[candidate] ?? Number.NaN, calls.length, candidate));
  };
  return { calls, sample, pick: () => pickFastest(times.length, sample) };
}

test("all are timed once, then the usual one and those near the best take turns", async () => {
  const { calls, pick } = device([10, 8, 30, 7, 9, 11]);
  expect(await pick()).toBe(3);
  expect(calls).toEqual([
    [0, 1, 2, 3, 4, 5],
    [0, 3, 1],
    [0, 3, 1],
    [0, 3, 1],
  ]);
});

test("the usual one stays where nothing is faster, without more rounds, and where the gain is small", async () => {
  const slow = device([10, 10, 15]);
  expect([await slow.pick(), slow.calls.length]).toEqual([0, 1]);
  const close = device([10, 9.1, 9.5]);
  expect([await close.pick(), close.calls.length]).toEqual([0, 4]);
});

test("four at the most go on", async () => {
  const { calls, pick } = device([10, 5, 5.5, 5.1, 5.4, 5.3, 5.2]);
  expect(await pick()).toBe(1);
  expect(calls[1]).toEqual([0, 1, 3, 6, 5]);
});

test("one disturbed sample decides nothing", async () => {
  // The second looks fast in the screening and once more, the third slow once.
  const seen = (ms: number, call: number, candidate: number) =>
    candidate === 1 && call <= 2 ? 6 : candidate === 2 && call === 3 ? 100 : ms;
  expect(await device([10, 10, 7], seen).pick()).toBe(2);
});

test("a change of the clock meets all that take turns", async () => {
  const seen = (ms: number, call: number) => (call === 3 ? 2 * ms : ms);
  expect(await device([10, 7], seen).pick()).toBe(1);
  expect(await device([10, 9.5], seen).pick()).toBe(0);
});
