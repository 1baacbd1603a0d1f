import "fake-indexeddb/auto";
import { expect, test } from "vitest";
import { newConversation, type StoredTurn } from "./conversation";
import { createConversationStore } from "./store";

let databases = 0;
const freshName = () => `test-${++databases}`;

const turn = (id: string, values: Partial<StoredTurn> = {}): StoredTurn => ({
  id,
  parent: null,
  createdAt: 1,
  prompt: "What is 7 * 8?",
  reply: { reasoning: "7*8=56", answer: "$\\boxed{56}$" },
  reason: "stop",
  progress: null,
  ...values,
});

test("what is kept is there for the next visit, the conversation gone on with last first", async () => {
  const name = freshName();
  const store = createConversationStore(name);
  const [first, second] = [newConversation("a", 1, "tiny"), newConversation("b", 2, "tiny")];
  await store.keep(first, first);
  await store.keep(second, second);
  await store.keepTurns("a", [turn("t1"), turn("t2", { parent: "t1" })]);
  await store.keepTurns("a", [turn("t2", { parent: "t1", prompt: "Changed" })]);
  await store.keep(first, { updatedAt: 3 });

  const next = createConversationStore(name);
  expect((await next.list()).map(({ id }) => id)).toEqual(["a", "b"]);
  expect(await next.read("a")).toEqual({
    conversation: { ...first, updatedAt: 3 },
    turns: [turn("t1"), turn("t2", { parent: "t1", prompt: "Changed" })],
  });
  expect(await next.read("none")).toBeUndefined();
});

test("two tabs that change the same conversation keep what the other has changed", async () => {
  const name = freshName();
  const [here, there] = [createConversationStore(name), createConversationStore(name)];
  const known = newConversation("a", 1, "tiny");
  await here.keep(known, known);
  await there.keep(known, { title: "Named there", chosen: { x: "1" } });
  await here.keep(known, { chosen: { y: "2" }, updatedAt: 5 });
  expect((await here.read("a"))?.conversation).toEqual({
    ...known,
    title: "Named there",
    updatedAt: 5,
    chosen: { x: "1", y: "2" },
  });
});

test("deleting can be undone until it is for good, and then leaves nothing but the id to settle", async () => {
  const store = createConversationStore(freshName());
  const [a, b] = [newConversation("a", 1, "tiny"), newConversation("b", 2, "tiny")];
  for (const one of [a, b]) await store.keep(one, one);
  await store.keepTurns("a", [turn("t1")]);
  await store.keepTurns("b", [turn("t2")]);
  await store.remove("a", 100);
  expect((await store.list()).map(({ id }) => id)).toEqual(["b"]);
  expect(await store.purge(99)).toEqual([]);
  await store.restore("a");
  expect(await store.list()).toHaveLength(2);

  await store.remove("a", 100);
  expect(await store.purge(100)).toEqual(["a"]);
  expect(await store.read("a")).toBeUndefined();
  expect((await store.read("b"))?.turns).toHaveLength(1);
  expect(await store.search("7 * 8")).toEqual(new Set(["b"]));
  expect(await store.purge(100)).toEqual(["a"]);
  await store.settle("a");
  expect(await store.purge(100)).toEqual([]);
});

test("a conversation that is gone on with elsewhere is no longer deleted", async () => {
  const store = createConversationStore(freshName());
  const a = newConversation("a", 1, "tiny");
  await store.keep(a, a);
  await store.remove("a", 100);
  expect(await store.keep({ ...a, title: "On" }, { updatedAt: 101 })).toBe(true);
  expect(await store.list()).toEqual([{ ...a, updatedAt: 101 }]);
  await store.remove("a", 102);
  await store.purge(102);
  expect(await store.keep({ ...a, title: "On" }, { updatedAt: 103 })).toBe(false);
  expect(await store.list()).toEqual([{ ...a, title: "On" }]);
});

test("search looks into prompts and answers of all branches, not into reasoning", async () => {
  const store = createConversationStore(freshName());
  for (const id of ["a", "b", "c"]) {
    const one = newConversation(id, 1, "tiny");
    await store.keep(one, one);
  }
  await store.keepTurns("a", [turn("t1"), turn("t2", { prompt: "Is 701 PRIME?" })]);
  await store.keepTurns("b", [turn("t3", { reply: { reasoning: "prime", answer: "Yes, it is Prime." } })]);
  await store.keepTurns("c", [turn("t4", { reply: { reasoning: "prime", answer: "No." } })]);
  expect(await store.search("prime")).toEqual(new Set(["a", "b"]));
  expect(await store.search("boxed{56}")).toEqual(new Set(["a"]));
});

test("turns of a conversation that is not there are not kept", async () => {
  const store = createConversationStore(freshName());
  const a = newConversation("a", 1, "tiny");
  expect(await store.keepTurns("a", [turn("t1")])).toBe(false);
  await store.keep(a, a);
  expect((await store.read("a"))?.turns).toEqual([]);
  expect(await store.keepTurns("a", [turn("t1")])).toBe(true);
  await store.remove("a", 100);
  expect(await store.keepTurns("a", [turn("t2")])).toBe(true);
  await store.purge(100);
  expect(await store.keepTurns("a", [turn("t2")])).toBe(false);
});

test("a conversation from elsewhere is added whole, and takes no other's place", async () => {
  const store = createConversationStore(freshName());
  const conversation = newConversation("a", 1, "tiny");
  await store.add({ conversation, turns: [turn("t1"), turn("t2")] });
  expect((await store.read("a"))?.turns.map(({ id }) => id)).toEqual(["t1", "t2"]);
  await expect(store.add({ conversation, turns: [] })).rejects.toThrow();
});

test("when IndexedDB refuses, each call says so, and the next one tries again", async () => {
  const name = freshName();
  const store = createConversationStore(name);
  const { open } = indexedDB;
  indexedDB.open = () => {
    throw new DOMException("no", "SecurityError");
  };
  await expect(store.list()).rejects.toThrow("no");
  indexedDB.open = open;
  expect(await store.list()).toEqual([]);
});
