import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { conversationsToJson } from "../conversations/file";
import { createConversationStore } from "../conversations/store";
import { createConversations, PAUSE_MS } from "./conversations";
import { listed } from "./conversations-state";
import { SAID_MS } from "./importing";
import { Recorder } from "./recorder";
import { UNDO_MS } from "./removing";
import { failureOf } from "./testing/events";
import { openedSession, READY } from "./testing/opened-session";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
afterEach(() => void vi.useRealTimers());

let databases = 0;

/** A page with a database of its own. */
function page() {
  const opened = openedSession();
  const { session } = opened;
  const stored = createConversationStore(`test-${++databases}`);
  const told: string[] = [];
  const newId = () => crypto.randomUUID();
  const conversations = createConversations(stored, session, {
    ...{ newId, now: () => Date.now(), tellTabs: () => told.push("changed") },
  });
  const { report } = conversations;
  const ignored = () => {};
  new Recorder(session.store, stored, {
    onKept: () => void conversations.refresh(),
    onEnded: ignored,
    onFault: report,
  });
  const known = () => conversations.store.getState();
  return { ...opened, stored, conversations, told, known, titles: () => listed(known()).map(({ title }) => title) };
}

test("what is said is listed; opened again it is as it was", async () => {
  const one = page();
  one.say("What is 7 * 8?", "56");
  const { id } = one.state().conversation;
  await vi.waitFor(() => expect(one.titles()).toEqual(["What is 7 * 8?"]));
  one.session.startOver();
  one.say("Is 701 prime?");
  await vi.waitFor(() => expect(one.titles()).toEqual(["Is 701 prime?", "What is 7 * 8?"]));
  await one.conversations.open(id);
  expect(one.shown()).toBe("What is 7 * 8?");
  expect(one.last()).toMatchObject({ answer: "56", stage: "finished", reason: "stop", isCutOff: false });
  await one.conversations.open("none");
  expect(one.state()).toMatchObject({ isMissing: true, turns: [] });
});

test("of two that are opened one after the other, the second one is shown", async () => {
  const one = page();
  one.say("a");
  const { id } = one.state().conversation;
  one.session.startOver();
  one.say("b");
  await vi.waitFor(() => expect(one.titles()).toHaveLength(2));
  const first = one.conversations.open(one.state().conversation.id);
  await Promise.all([first, one.conversations.open(id)]);
  expect(one.shown()).toBe("a");
  const opening = one.conversations.open(id);
  one.session.startOver();
  await opening;
  expect(one.shown()).toBe("");
});

test("renamed, it keeps its name when it is gone on with; searched for, it is found by title and text", async () => {
  const one = page();
  one.say("What is 7 * 8?", "It is fifty-six");
  await vi.waitFor(() => expect(one.titles()).toHaveLength(1));
  await one.conversations.rename(one.state().conversation.id, "  Products ");
  await one.conversations.rename(one.state().conversation.id, "  ");
  one.say("And 9 * 9?");
  await vi.waitFor(() => expect(one.titles()).toEqual(["Products"]));
  for (const [query, count] of [
    ["prod", 1],
    ["FIFTY", 1],
    ["9 * 9", 1],
    ["prime", 0],
    [" ", 1],
  ] as const) {
    const searching = one.conversations.search(query);
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    await searching;
    expect(one.titles()).toHaveLength(count);
  }
  expect(one.told.length).toBeGreaterThan(0);
});

test("deleting can be undone for a while; then it is for good, and the engine forgets it too", async () => {
  const one = page();
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

test("what was deleted while there was no engine to be told is told when there is one", async () => {
  const one = page();
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

test("what is imported has ids of its own, and it is said; no file of conversations changes nothing", async () => {
  const one = page();
  const id = crypto.randomUUID();
  const turn = {
    id: crypto.randomUUID(),
    parent: null,
    createdAt: 1,
    prompt: "a",
    reason: "stop",
    progress: null,
  } as const;
  const conversation = { id, title: "A", createdAt: 1, updatedAt: 1, model: "tiny", chosen: {} };
  const text = conversationsToJson([{ conversation, turns: [{ ...turn, reply: { reasoning: "", answer: "b" } }] }], 1);
  const file = (content: string) => ({ size: content.length, text: async () => content });
  expect(await one.conversations.importFile(file(text))).toBe(1);
  expect(one.known().imported).toBe(1);
  await vi.advanceTimersByTimeAsync(SAID_MS);
  expect(one.known().imported).toBeNull();
  expect(await one.conversations.importFile(file(text))).toBe(1);
  expect(one.titles()).toEqual(["A", "A"]);
  const all = await one.conversations.read();
  const ids = all.flatMap(({ conversation, turns }) => [conversation.id, ...turns.map((each) => each.id)]);
  expect(new Set([...ids, id, turn.id]).size).toBe(6);

  for (const wrong of ["{}", "MZ"]) {
    expect(await one.conversations.importFile(file(wrong))).toBe(0);
    expect(one.known().fault?.kind).toBe("file");
    one.conversations.dismissFault();
  }
  expect(await one.conversations.importFile({ size: 1e12, text: async () => text })).toBe(0);
  expect(one.titles()).toHaveLength(2);
});

test("that nothing can be written is said once, and the page goes on", async () => {
  const one = page();
  one.conversations.report(new DOMException("denied", "SecurityError"));
  expect(one.known().fault).toMatchObject({ kind: "unwritable", detail: "SecurityError: denied" });
  one.conversations.dismissFault();
  one.conversations.report(new DOMException("denied", "SecurityError"));
  expect(one.known().fault).toBeNull();
  one.conversations.report(new DOMException("full", "QuotaExceededError"));
  expect(one.known().fault?.kind).toBe("full");
});

test("deleted again after it was brought back, it can be brought back for as long as the first time", async () => {
  const one = page();
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

test("what another tab has added to the conversation that is open is read", async () => {
  const one = page();
  one.say("a");
  const { id } = one.state().conversation;
  await vi.waitFor(() => expect(one.titles()).toEqual(["a"]));
  const reply = { reasoning: "", answer: "there" };
  const added = { id: "b", parent: one.last().id, createdAt: 9e12, prompt: "b", reply, reason: "stop", progress: null };
  await one.stored.keepTurns(id, [{ ...added, reason: "stop" }]);
  await one.conversations.reread("another");
  expect(one.shown()).toBe("a");
  await one.conversations.reread(id);
  expect(one.shown()).toBe("a b");
  expect(one.last()).toMatchObject({ answer: "there", stage: "finished" });
});
