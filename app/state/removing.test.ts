import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { UNDO_MS } from "./removing";
import { failureOf } from "./testing/events";
import { READY } from "./testing/opened-session";
import { pageWithStore } from "./testing/page-with-store";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
afterEach(() => void vi.useRealTimers());

test("deleting can be undone for a while; then it is for good, and the engine forgets it too", async () => {
  const one = pageWithStore();
  one.say("a");
  const { id } = one.state().conversation;
  await vi.waitFor(() => expect(one.titles()).toEqual(["a"]));
  await one.conversations.remove(id);
  expect(one.titles()).toEqual([]);
  expect(one.known().deleted).toEqual({ id, title: "a", wasOpen: true });
  expect(one.shown()).toBe("");
  await one.conversations.undoRemove();
  expect(one.titles()).toEqual(["a"]);
  expect(one.shown()).toBe("a");

  await one.conversations.remove(id);
  await vi.advanceTimersByTimeAsync(UNDO_MS);
  expect(one.known().deleted).toBeNull();
  await vi.waitFor(() => expect(one.sent.at(-1)).toEqual({ kind: "forget", conversation: id }));
  await vi.waitFor(async () => expect(await one.stored.purge(Number.POSITIVE_INFINITY)).toEqual([]));
  expect(await one.stored.read(id)).toBeUndefined();
});

test("what could not be written yet of a conversation that is deleted does not bring it back", async () => {
  const one = pageWithStore();
  one.say("a");
  const { id } = one.state().conversation;
  await vi.waitFor(() => expect(one.titles()).toEqual(["a"]));
  const { keep } = one.stored;
  one.stored.keep = () => Promise.reject(new DOMException("no room", "QuotaExceededError"));
  one.say("b");
  await vi.waitFor(() => expect(one.known().fault?.kind).toBe("full"));
  one.stored.keep = keep;
  // It is tried again while deleting can still be undone.
  await vi.advanceTimersByTimeAsync(5_000);
  await one.conversations.remove(id);
  await vi.advanceTimersByTimeAsync(UNDO_MS);
  await vi.waitFor(async () => expect(await one.stored.read(id)).toBeUndefined());
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await one.stored.read(id)).toBeUndefined();
  expect(one.titles()).toEqual([]);
});

test("what could not be deleted is not said to be, and is written on", async () => {
  const one = pageWithStore();
  one.say("a");
  const { id } = one.state().conversation;
  await vi.waitFor(() => expect(one.titles()).toEqual(["a"]));
  one.stored.remove = () => Promise.reject(new DOMException("no room", "QuotaExceededError"));
  await one.conversations.remove(id);
  expect(one.known()).toMatchObject({ deleted: null, fault: { kind: "full" } });
  await one.conversations.open(id);
  one.say("b");
  await vi.waitFor(async () => expect((await one.stored.read(id))?.turns).toHaveLength(2));
});

test("what was deleted while there was no engine to be told is told when there is one", async () => {
  const one = pageWithStore();
  one.say("a");
  const { id } = one.state().conversation;
  await vi.waitFor(() => expect(one.titles()).toEqual(["a"]));
  one.tell({ kind: "failed", failure: failureOf("UnexpectedError") });
  await one.conversations.remove(id);
  await vi.advanceTimersByTimeAsync(UNDO_MS);
  await vi.waitFor(async () => expect(await one.stored.read(id)).toBeUndefined());
  one.session.open();
  one.tell(READY);
  await vi.waitFor(() => expect(one.sent.at(-1)).toEqual({ kind: "forget", conversation: id }));
});

test("deleted again after it was brought back, it can be brought back for as long as the first time", async () => {
  const one = pageWithStore();
  one.say("a");
  const { id } = one.state().conversation;
  await vi.waitFor(() => expect(one.titles()).toEqual(["a"]));
  await one.conversations.remove(id);
  await vi.advanceTimersByTimeAsync(UNDO_MS / 2);
  await one.conversations.undoRemove();
  await one.conversations.remove(id);
  await vi.advanceTimersByTimeAsync(UNDO_MS / 2);
  expect(one.known().deleted?.id).toBe(id);
  await vi.advanceTimersByTimeAsync(UNDO_MS / 2);
  expect(one.known().deleted).toBeNull();
});

test("what the last visit had no time to delete for good is deleted at the next one, engine or not", async () => {
  const before = pageWithStore();
  before.say("a");
  const { id } = before.state().conversation;
  await vi.waitFor(() => expect(before.titles()).toEqual(["a"]));
  await before.stored.remove(id, Date.now() - UNDO_MS);
  pageWithStore(before.stored);
  await vi.waitFor(async () => expect(await before.stored.read(id)).toBeUndefined());
});
