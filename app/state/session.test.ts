import { expect, test } from "vitest";
import type { Event as EngineEvent, Recalled } from "../engine/protocol";
import { occupationOf, readAgain } from "./session-state";
import { failureOf, MODEL } from "./testing/events";
import { finished, openedSession, READY, wrote } from "./testing/opened-session";

const fail = (turn: string, name: Parameters<typeof failureOf>[0]): EngineEvent => ({
  kind: "turn-failed",
  turn,
  failure: failureOf(name),
});

test("opens, asks with the model's own settings and empties the composer", () => {
  const { session, sent, state } = openedSession();
  session.setDraft(" What is 2 + 2? ");
  session.ask();
  expect(sent).toEqual([
    { kind: "open", model: "tiny" },
    { kind: "ask", turn: "2", conversation: "1", path: [], text: "What is 2 + 2?", settings: MODEL.defaults },
  ]);
  expect(state()).toMatchObject({ draft: "", turns: [{ id: "2", prompt: "What is 2 + 2?", stage: "reading" }] });
  expect(state().conversation).toMatchObject({ id: "1", title: "What is 2 + 2?", model: MODEL.name });
});

test("an example leaves the draft alone", () => {
  const { session, state } = openedSession();
  session.setDraft("half a thought");
  session.ask("Is 701 prime?");
  expect(state().draft).toBe("half a thought");
});

test("a blank prompt is refused with a hint until something is written", () => {
  const { session, sent, state } = openedSession();
  session.setDraft("  \n");
  session.ask();
  expect(state()).toMatchObject({ hint: "emptyPrompt", turns: [] });
  expect(sent).toHaveLength(1);
  session.setDraft("2");
  expect(state().hint).toBeNull();
});

test("one reply at a time; stop is passed on; the next question brings what was said", () => {
  const { session, sent, state, tell, shown } = openedSession();
  session.ask("one");
  session.ask("two");
  expect(shown()).toBe("one");
  session.stop();
  expect(sent.at(-1)).toEqual({ kind: "stop" });
  tell(wrote("2", "1 is", ""));
  tell(finished("2", "aborted"));
  session.ask("two");
  expect(shown()).toBe("one two");
  expect(state().turns[1]?.parent).toBe("2");
  expect(sent.at(-1)).toMatchObject({ path: [{ text: "one", reply: { reasoning: "1 is", answer: "" } }] });
});

test("a prompt that is too long fails its turn and goes back into the composer, unless that is in use", () => {
  const { session, sent, state, tell, last } = openedSession();
  session.ask("long");
  tell(fail("2", "PromptTooLongError"));
  expect(state()).toMatchObject({
    draft: "long",
    turns: [{ stage: "failed", failure: { name: "PromptTooLongError" } }],
  });
  session.ask();
  session.setDraft("other");
  tell(fail(last().id, "PromptTooLongError"));
  expect(state().draft).toBe("other");
  session.ask("short");
  expect(sent.at(-1)).toMatchObject({ path: [] });
});

test("a failing engine ends the turn; what is cut off is no part of what is asked next, unless it is gone on with", () => {
  const page = openedSession();
  const { session, sent, state, tell } = page;
  page.say("one");
  session.ask("cut off");
  const { id } = page.last();
  tell(wrote(id, "half a"));
  tell({ kind: "failed", failure: failureOf("UnexpectedError") });
  expect(state()).toMatchObject({ engine: { status: "failed" }, turns: [{}, { reason: "aborted", isCutOff: true }] });
  session.ask("two");
  expect(state().turns).toHaveLength(2);
  session.open();
  expect(sent.at(-1)).toEqual({ kind: "open", model: "tiny" });
  tell(READY);
  const path = [{ text: "one", reply: { reasoning: "", answer: "re one", isReasoningOver: true } }];
  expect(sent.at(-1)).toMatchObject({ kind: "prepare", path });

  session.goOn(page.last());
  expect(sent.at(-1)).toMatchObject({ turn: id, path, text: "cut off", begun: { reasoning: "half a", answer: "" } });
  tell(wrote(id, " thought", "done"));
  tell(finished(id));
  session.ask("two");
  expect(sent.at(-1)).toMatchObject({ path: [...path, { reply: { reasoning: "half a thought", answer: "done" } }] });
});

test("the other tab's model is taken over when asked to", () => {
  const { session, sent, tell } = openedSession();
  tell({ kind: "failed", failure: failureOf("TakenOverError") });
  session.takeOver();
  expect(sent.at(-1)).toEqual({ kind: "open", model: "tiny", takeOver: true });
});

test("another model goes on with the conversation", () => {
  const page = openedSession();
  const { session, sent, state, tell } = page;
  page.say("one");
  session.ask("two");
  session.openModel("large");
  expect(sent.slice(-2)).toEqual([{ kind: "stop" }, { kind: "open", model: "large" }]);
  tell(finished(page.last().id, "aborted"));
  tell({ kind: "ready", model: { ...MODEL, id: "large", name: "Large" } });
  session.ask("three");
  expect(sent.at(-1)).toMatchObject({ kind: "ask", path: [{ text: "one" }, { text: "two" }] });
  expect(state()).toMatchObject({ model: "large", conversation: { model: "Large" } });
});

test("what is read ahead is said until something is asked, in the conversation that it is for", () => {
  const page = openedSession();
  const { session, state, tell } = page;
  const recalled = { reusedTokens: 0, readTokens: 40, from: "nothing" } as const;
  const prepared = (conversation: string, from: Recalled["from"] = "nothing"): EngineEvent => {
    return { kind: "prepared", conversation, ...recalled, from };
  };
  const { id } = state().conversation;
  page.say("a");
  const first = page.last();
  session.askInstead(first);
  page.reply("b");
  session.showBranch(first);
  expect(state().ahead).toBe("reading");
  tell(prepared("another"));
  expect(state().ahead).toBe("reading");
  tell(prepared(id));
  expect(state().ahead).toEqual(recalled);
  expect(readAgain(state())).toBe(40);
  session.ask("b");
  expect(state().ahead).toBeNull();
  page.reply("c");

  session.showBranch(first);
  tell(prepared(id, "memory"));
  expect(readAgain(state())).toBe(0);
  session.showBranch(first);
  session.stop();
  tell(prepared(id));
  expect(state().ahead).toBeNull();
  session.showBranch(first);
  tell({ kind: "failed", failure: failureOf("UnexpectedError") });
  expect(state().ahead).toBeNull();
});

test("what is read ahead is ended by opening another model", () => {
  const page = openedSession();
  page.say("a");
  const first = page.last();
  page.session.askInstead(first);
  page.reply("b");
  page.session.showBranch(first);
  expect(page.state().ahead).toBe("reading");
  page.session.openModel("large");
  expect(page.state().ahead).toBeNull();
});

test("the card is taken while a model is opened, a reply written, its end awaited, or the conversation read ahead", () => {
  const page = openedSession();
  const { session, state, tell } = page;
  expect(occupationOf(state())).toBeNull();
  session.open();
  expect(occupationOf(state())).toBe("opening");
  tell(READY);
  page.say("a");
  const first = page.last();
  session.askInstead(first);
  expect(occupationOf(state())).toBe("replying");
  page.reply("b");
  expect(occupationOf(state())).toBeNull();
  session.showBranch(first);
  expect(occupationOf(state())).toBe("reading");
  session.ask("c");
  const { id } = page.last();
  session.startOver();
  expect(occupationOf(state())).toBe("replying");
  tell(finished(id, "aborted"));
  expect(occupationOf(state())).toBeNull();
});
