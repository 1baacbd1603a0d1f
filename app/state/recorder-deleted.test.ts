import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { storedFrom } from "./stored-turn";
import { finished, wrote } from "./testing/opened-session";
import { recorded } from "./testing/recorded";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A page with two turns, the second stopped, in a conversation that another tab has deleted for good. */
async function deletedElsewhere() {
  const page = recorded();
  page.say("a");
  page.session.ask("b");
  page.tell(wrote(page.last().id, "half"));
  page.tell(finished(page.last().id, "aborted"));
  await page.settle();
  page.kept.clear();
  page.store.conversations.clear();
  return { ...page, keptPrompts: () => [...page.kept.values()].map(({ prompt }) => prompt).sort() };
}

test("of a conversation that another tab has deleted for good, all turns are written when something is asked in it", async () => {
  const { session, settle, keptPrompts } = await deletedElsewhere();
  session.ask("c");
  await settle();
  expect(keptPrompts()).toEqual(["a", "b", "c"]);
});

test("the same when its reply is gone on with", async () => {
  const { session, last, tell, settle, kept, keptPrompts } = await deletedElsewhere();
  session.goOn(last());
  await settle();
  expect(keptPrompts()).toEqual(["a", "b"]);
  const { id } = last();
  tell(wrote(id, " and half"));
  tell(finished(id));
  await settle();
  expect(kept.get(id)).toMatchObject({ reply: { reasoning: "half and half" }, reason: "stop" });
});

test("the same when it is left before the store has said that it had nothing of it", async () => {
  const { session, settle, keptPrompts } = await deletedElsewhere();
  session.ask("c");
  session.startOver();
  await settle();
  expect(keptPrompts()).toEqual(["a", "b", "c"]);
});

test("a reply that runs on after another tab has deleted its conversation for good does not bring it back", async () => {
  const { session, tell, last, settle, store, written } = recorded();
  session.ask("a");
  await settle();
  store.conversations.clear();
  written();
  tell(wrote(last().id, "more"));
  tell(finished(last().id));
  await settle(60_000);
  expect(written()).toEqual([]);
});

test("of a conversation that has been deleted here, what could not be written yet is not written, unless it is brought back", async () => {
  for (const isBroughtBack of [false, true]) {
    const { session, recorder, tell, settle, store, written, kept } = recorded();
    store.isRefusing = true;
    session.ask("a");
    await settle();
    recorder.hold("1");
    session.startOver();
    store.isRefusing = false;
    tell(finished("2", "aborted"));
    await settle(60_000);
    expect(written()).toEqual([]);
    if (isBroughtBack) recorder.release("1");
    else recorder.forget("1");
    await settle(60_000);
    expect([...kept.keys()]).toEqual(isBroughtBack ? ["2"] : []);
    expect(store.conversations.has("1")).toBe(isBroughtBack);
  }
});

test("one that was deleted here and comes from the store again, where another tab has put it back, is written again", async () => {
  const page = recorded();
  page.say("a");
  await page.settle();
  const { conversation, turns } = page.state();
  const whole = { conversation, turns: turns.map(storedFrom) };
  page.recorder.hold(conversation.id);
  page.recorder.forget(conversation.id);
  page.session.startOver();
  page.session.show(whole);
  page.written();
  page.say("b");
  await page.settle();
  expect(page.written().join()).toContain(`${page.last().id} "re b"`);
});
