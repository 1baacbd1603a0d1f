import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { StoredTurn } from "../conversations/conversation";
import { conversationsToJson } from "../conversations/file";
import { PAUSE_MS } from "./conversations";
import { SAID_MS } from "./importing";
import { finished, wrote } from "./testing/opened-session";
import { pageWithStore } from "./testing/page-with-store";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
afterEach(() => void vi.useRealTimers());

test("what is said is listed; opened again it is as it was", async () => {
  const one = pageWithStore();
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
  const one = pageWithStore();
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
  const one = pageWithStore();
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

test("what is imported has ids of its own, and it is said; no file of conversations changes nothing", async () => {
  const one = pageWithStore();
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
  const one = pageWithStore();
  one.conversations.report(new DOMException("denied", "SecurityError"));
  expect(one.known().fault).toMatchObject({ kind: "unwritable", detail: "SecurityError: denied" });
  one.conversations.dismissFault();
  one.conversations.report(new DOMException("denied", "SecurityError"));
  expect(one.known().fault).toBeNull();
  one.conversations.report(new DOMException("full", "QuotaExceededError"));
  expect(one.known().fault?.kind).toBe("full");
});

/** A turn that another tab has written. */
function turnOfAnotherTab(parent: string): StoredTurn {
  const reply = { reasoning: "", answer: "there" };
  return { id: "b", parent, createdAt: 9e12, prompt: "b", reply, reason: "stop", progress: null };
}

test("what another tab has added to the conversation that is open is read", async () => {
  const one = pageWithStore();
  one.say("a");
  const { id } = one.state().conversation;
  await vi.waitFor(() => expect(one.titles()).toEqual(["a"]));
  await one.stored.keepTurns(id, [turnOfAnotherTab(one.last().id)]);
  await one.conversations.reread("another");
  expect(one.shown()).toBe("a");
  await one.conversations.reread(id);
  expect(one.shown()).toBe("a b");
  expect(one.last()).toMatchObject({ answer: "there", stage: "finished" });
});

test("what another tab has added while a reply was running here is read when that has ended", async () => {
  const one = pageWithStore();
  one.say("a");
  const { id } = one.state().conversation;
  const first = one.last();
  await vi.waitFor(() => expect(one.titles()).toEqual(["a"]));
  one.session.ask("c");
  const { id: running } = one.last();
  await one.stored.keepTurns(id, [turnOfAnotherTab(first.id)]);
  await one.conversations.reread(id);
  expect(one.shown()).toBe("a c");
  expect(one.state().otherTurns).toEqual([]);
  one.tell(wrote(running, "", "here"));
  one.tell(finished(running));
  await vi.waitFor(() => expect(one.state().otherTurns).toMatchObject([{ prompt: "b", answer: "there" }]));
  expect(one.last()).toMatchObject({ answer: "here", stage: "finished" });
});
