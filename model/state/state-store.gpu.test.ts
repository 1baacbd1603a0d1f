import { afterEach, beforeEach, expect, test } from "vitest";
import { beginWriting, StateStore } from "./state-store";

// In Chromium because IndexedDB is the browser's. The GPU is not needed.

const DATABASE = "state-store-test";
const MOST_BYTES = 100;

let store: StateStore;
beforeEach(async () => {
  indexedDB.deleteDatabase(DATABASE);
  store = await StateStore.open(DATABASE, MOST_BYTES);
});
afterEach(() => store.close());

/** A state of so many bytes in one chunk. */
async function put(conversation: string, bytes: number, key = "k") {
  await store.putChunk(conversation, key, new Uint8Array(bytes));
  const snapshots = [{ key, bytes, sha256: "", length: 2 }];
  await store.adopt(conversation, { model: "m", ids: Uint32Array.of(1, 2), replies: [], snapshots, rows: [] });
}

const isThere = async (conversation: string) => (await store.state(conversation, "m")) !== undefined;

test("one state of each conversation, for one model, over reopening", async () => {
  await put("a", 10, "first");
  await put("ab", 10);
  await put("a", 20, "second");
  store.close();
  store = await StateStore.open(DATABASE, MOST_BYTES);
  expect(await store.state("a", "m")).toMatchObject({ ids: Uint32Array.of(1, 2), snapshots: [{ key: "second" }] });
  expect(await store.state("a", "other")).toBeUndefined();
  expect(await store.chunk("a", "first")).toBeUndefined();
  expect(await store.chunk("a", "second")).toEqual(new Uint8Array(20));
  await store.delete("a");
  expect(await store.chunk("a", "second")).toBeUndefined();
  expect(await isThere("ab")).toBe(true);
});

test("over its budget the state that was used longest ago goes", async () => {
  await put("a", 40);
  await put("b", 40);
  await new Promise((resolve) => setTimeout(resolve, 5));
  await store.touch("a");
  await put("c", 40);
  expect([await isThere("a"), await isThere("b"), await isThere("c")]).toEqual([true, false, true]);
  expect(await store.chunk("b", "k")).toBeUndefined();
  expect(await store.hasRoom(MOST_BYTES + 1)).toBe(false);
});

test("what an interrupted writing leaves is dropped when the store is opened, but not what another tab is writing", async () => {
  const lost = `${Date.now() - 3_600_000} lost`;
  const young = `${beginWriting()} rows`;
  for (const key of [lost, young]) await store.putChunk("a", key, new Uint8Array(10));
  const other = await StateStore.open(DATABASE);
  expect(await store.chunk("a", lost)).toBeUndefined();
  expect(await store.chunk("a", young)).toEqual(new Uint8Array(10));
  await put("a", 10);
  expect(await store.chunk("a", young)).toBeUndefined();
  other.close();
});

test("all of it can be given up", async () => {
  await put("a", 40);
  await put("b", 50);
  expect(await store.bytes()).toBe(90);
  expect(await store.clear()).toBe(true);
  expect([await store.bytes(), await isThere("a"), await store.chunk("b", "k")]).toEqual([0, false, undefined]);
  expect(await store.clear()).toBe(false);
});
