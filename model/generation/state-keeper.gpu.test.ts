import { openTestGpu } from "@gpu/testing/harness";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { StateStore } from "../state/state-store";
import type { Weights } from "../weights/weights";
import { MAX_TOKENS, openSmallModel, smallWeights } from "./testing/small-model";

const DATABASE = "state-keeper-test";
const QUIET = new AbortController().signal;

let weights: Weights;
let store: StateStore;
beforeAll(async () => {
  weights = smallWeights(await openTestGpu());
});
afterAll(() => weights.destroy());
beforeEach(async () => {
  indexedDB.deleteDatabase(DATABASE);
  store = await StateStore.open(DATABASE);
});
afterEach(() => store.close());

const open = async (options: Parameters<typeof openSmallModel>[2] = {}) =>
  openSmallModel(await openTestGpu(), weights, { store, ...options });

/** A conversation of one turn, stored, and how it went on. */
async function stored(options: Parameters<typeof openSmallModel>[2] = {}) {
  const { ask, conversation, destroy } = await open(options);
  const { turn } = await ask("x".repeat(60));
  const kept = await conversation.keep(QUIET);
  expect(kept?.bytes).toBeGreaterThan(0);
  expect(await conversation.keep(QUIET)).toBeUndefined();
  const next = await ask("next", [turn]);
  destroy();
  return { path: [turn], next: next.turn };
}

test.each(["f16", "int8"] as const)(
  "full cache in %s: another session goes on where this one was",
  async (fullCache) => {
    const { path, next } = await stored({ fullCache });
    const { ask, destroy } = await open({ fullCache });
    const { turn, recalled } = await ask("next", path);
    expect(recalled).toEqual({ reusedTokens: 62 + MAX_TOKENS - 1, readTokens: "12(next)".length, from: "storage" });
    expect(turn).toEqual(next);
    expect((await ask("next", path)).recalled).toMatchObject({ readTokens: 1, from: "memory" });
    destroy();
  },
);

test("what is damaged, or of another model or cache, is read again, and the text is the same", async () => {
  const { path, next } = await stored();
  for (const other of [{ model: "other" }, { fullCache: "int8" as const }, {}]) {
    const state = await store.state("a", "small");
    if (Object.keys(other).length === 0 && state)
      await store.putChunk("a", state.rows[0]?.key ?? "", new Uint8Array(state.rows[0]?.bytes ?? 0));
    const { ask, destroy } = await open(other);
    const { turn, recalled } = await ask("next", path);
    expect(recalled).toMatchObject({ reusedTokens: 0, from: "nothing" });
    if (!("fullCache" in other)) expect(turn).toEqual(next);
    destroy();
    if (!("model" in other)) expect(await store.state("a", "small")).toBeUndefined();
    if ("fullCache" in other) await stored();
  }
});

/** The device refuses buffers of this label, as if they were too large for it. */
async function refuse(label: string) {
  const { device } = await openTestGpu();
  const create = device.createBuffer.bind(device);
  const size = device.limits.maxBufferSize + 4;
  return vi
    .spyOn(device, "createBuffer")
    .mockImplementation((asked) => create({ ...asked, ...(asked.label === label ? { size } : {}) }));
}

test("what there is no room for, or could not be read, is read anew this time and stays stored", async () => {
  const { path, next } = await stored();
  const noRoom = () => refuse("stored state");
  const noReading = async () => vi.spyOn(store, "chunk").mockRejectedValue(new DOMException("No.", "UnknownError"));
  for (const hinder of [noRoom, noReading]) {
    const { ask, destroy } = await open();
    const hindered = await hinder();
    expect(await ask("next", path)).toMatchObject({ recalled: { reusedTokens: 0, from: "nothing" }, turn: next });
    hindered.mockRestore();
    destroy();
  }
  const { ask, destroy } = await open();
  expect((await ask("next", path)).recalled).toMatchObject({ from: "storage" });
  destroy();
});

test("where there is no room to read a state back, it is not stored, and nobody else hears of it", async () => {
  const { device } = await openTestGpu();
  const uncaptured = vi.fn((event: Event) => event.preventDefault());
  device.addEventListener("uncapturederror", uncaptured);
  const { ask, conversation, destroy } = await open();
  const { turn } = await ask("x".repeat(60));
  const refused = await refuse("state read-back");
  await expect(conversation.keep(QUIET)).rejects.toMatchObject({ name: "OperationError" });
  refused.mockRestore();
  expect((await ask("next", [turn])).recalled).toMatchObject({ from: "live" });
  expect(uncaptured).not.toHaveBeenCalled();
  device.removeEventListener("uncapturederror", uncaptured);
  destroy();
});

test("the last turn can be regenerated and edited, and its reply gone on from", async () => {
  const first = await open();
  const path = [(await first.ask("x".repeat(60))).turn];
  const { turn } = await first.ask("next", path);
  await first.conversation.keep(QUIET);
  first.destroy();
  for (const [text, before, unread] of [
    ["next", path, "12(next)"],
    ["other", path, "12(other)"],
    ["more", [...path, turn], "12(more)"],
  ] as const) {
    const { ask, destroy } = await open();
    expect((await ask(text, before)).recalled).toMatchObject({ readTokens: unread.length, from: "storage" });
    destroy();
  }
});

test("what is stored already is not written again, and what nobody needs is dropped", async () => {
  const { ask, conversation, destroy } = await open();
  const { turn } = await ask("x".repeat(1100));
  await conversation.keep(QUIET);
  const before = await store.state("a", "small");
  await ask("next", [turn]);
  await conversation.keep(QUIET);
  const after = await store.state("a", "small");
  expect(before?.rows.map(({ from, to }) => [from, to])).toEqual([
    [0, 1024],
    [1024, 1102 + MAX_TOKENS - 1],
  ]);
  expect(after?.rows[0]).toEqual(before?.rows[0]);
  expect(after?.snapshots[0]).toEqual(before?.snapshots[0]);
  expect(await store.chunk("a", before?.rows[1]?.key ?? "")).toBeUndefined();
  destroy();
});

test("writing gives way at once", async () => {
  const { ask, conversation, destroy } = await open();
  await ask("x".repeat(60));
  const abort = new AbortController();
  const keeping = conversation.keep(abort.signal);
  abort.abort();
  await expect(keeping).rejects.toMatchObject({ name: "AbortError" });
  expect(await store.state("a", "small")).toBeUndefined();
  expect(await conversation.keep(QUIET)).toMatchObject({ storedAs: "a" });
  destroy();
});
