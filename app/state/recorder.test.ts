import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { storedFrom } from "./stored-turn";
import { finished, openedSession, wrote } from "./testing/opened-session";
import { recorded } from "./testing/recorded";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a question is kept at once, its reply once a second while it is written, and at its end", async () => {
  const { session, tell, last, settle, written, kept, ended } = recorded();
  session.ask("a");
  await settle();
  expect(written()).toEqual(["1: title,updatedAt,model,chosen", '1: 2 ""', "kept 1"]);
  for (const word of ["one ", "two ", "three "]) tell(wrote("2", word));
  await settle(999);
  expect(written()).toEqual([]);
  await settle(1);
  expect(written()).toEqual(['1: 2 "one two three "']);
  expect(kept.get("2")).toMatchObject({ reason: null });
  tell(wrote("2", "four"));
  tell(finished("2"));
  await settle();
  expect(written()).toEqual(['1: 2 "one two three four"']);
  expect(kept.get("2")).toEqual(storedFrom(last()));
  expect(ended).toEqual(["1"]);
  await settle(60_000);
  expect(written()).toEqual([]);
});

test("a page about to go away keeps what it has", async () => {
  const { session, tell, recorder, settle, written } = recorded();
  session.ask("a");
  tell(wrote("2", "half"));
  await settle();
  written();
  recorder.flush();
  await settle();
  expect(written()).toEqual(['1: 2 "half"']);
});

test("what comes from the store is not written again; what is changed then is, and only that", async () => {
  const page = recorded();
  page.session.ask("a");
  page.tell(finished("2"));
  const whole = { conversation: page.state().conversation, turns: page.state().turns.map(storedFrom) };
  const next = recorded();
  next.store.conversations.add(whole.conversation.id);
  next.session.awaitConversation();
  next.session.show(whole);
  await next.settle(2_000);
  expect(next.written()).toEqual([]);
  next.session.ask("b");
  await next.settle();
  const { id } = next.last();
  expect(next.written()).toEqual(["1: updatedAt,chosen", `1: ${id} ""`, "kept 1"]);
});

test("a reply that ends after its conversation was left is kept there", async () => {
  const { session, tell, settle, written, kept, state } = recorded();
  session.ask("a");
  tell(wrote("2", "half"));
  session.startOver();
  tell(wrote("2", " of it"));
  tell(finished("2", "aborted"));
  await settle();
  expect(written()).toContain('1: 2 "half of it"');
  expect(kept.get("2")?.reason).toBe("aborted");
  expect(state().conversation.id).not.toBe("1");
});

test("what could not be written is told, and written when the store takes it again, without haste", async () => {
  const { session, tell, settle, written, store, faults } = recorded();
  store.isRefusing = true;
  session.ask("a");
  await settle();
  expect(faults).toHaveLength(1);
  for (let token = 0; token < 500; token++) tell(wrote("2", "x"));
  await settle(9_000);
  expect(faults).toHaveLength(1);
  store.isRefusing = false;
  await settle(1_000);
  expect(written()).toEqual(["1: title,updatedAt,model,chosen", `1: 2 "${"x".repeat(500)}"`, "kept 1"]);
});

test("what could not be written of a conversation that was left is written all the same", async () => {
  const page = recorded();
  const { session, settle, written, store, kept } = page;
  store.isRefusing = true;
  page.say("a", "first");
  session.startOver();
  page.say("b", "second");
  await settle();
  written();
  store.isRefusing = false;
  await settle(10_000);
  expect([...kept.values()].map(({ prompt, reply }) => `${prompt}: ${reply.answer}`)).toEqual([
    "a: first",
    "b: second",
  ]);
  expect(written().filter((line) => line.startsWith("kept"))).toHaveLength(2);
  await settle(60_000);
  expect(written()).toEqual([]);
});

test("what another tab has added is shown, and not written again", async () => {
  const page = recorded();
  page.say("a");
  await page.settle();
  const { conversation, turns } = page.state();
  page.written();
  const there = openedSession();
  there.session.show({ conversation, turns: turns.map(storedFrom) });
  there.say("b");
  const whole = () => ({ conversation: there.state().conversation, turns: there.state().turns.map(storedFrom) });
  page.session.update(whole());
  expect(page.shown()).toBe("a b");
  page.session.update({ ...whole(), conversation: { ...conversation, id: "another" } });
  expect(page.shown()).toBe("a b");
  await page.settle(60_000);
  expect(page.written()).toEqual([]);
  page.session.ask("c");
  page.session.update(whole());
  expect(page.shown()).toBe("a b c");
});
