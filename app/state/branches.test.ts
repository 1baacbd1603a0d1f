import { expect, test } from "vitest";
import { storedFrom } from "./stored-turn";
import { finished, openedSession, wrote } from "./testing/opened-session";

test("editing an earlier prompt begins a branch; what followed stays on the other one", () => {
  const page = openedSession();
  const { session, sent, state, shown } = page;
  for (const prompt of ["a", "b", "c"]) page.say(prompt);
  const b = state().turns[1];
  if (!b) throw new Error("no turn b");
  session.askInstead(b, " B ");
  expect(shown()).toBe("a B");
  expect(sent.at(-1)).toMatchObject({ kind: "ask", text: "B", path: [{ text: "a" }] });
  expect(state().otherTurns.map(({ prompt }) => prompt)).toEqual(["b", "c"]);
  expect(page.last().parent).toBe(b.parent);
  page.reply("re B");

  session.showBranch(b);
  expect(shown()).toBe("a b c");
  expect(sent.at(-1)).toMatchObject({ kind: "prepare", path: [{ text: "a" }, { text: "b" }, { text: "c" }] });
  page.say("d");
  expect(shown()).toBe("a b c d");
});

test("regenerating asks the same again, beside the first reply", () => {
  const page = openedSession();
  const { session, state, shown } = page;
  page.say("a");
  page.say("b", "first");
  const first = page.last();
  session.askInstead(first);
  expect(shown()).toBe("a b");
  page.reply("second");
  expect(page.last()).toMatchObject({ prompt: "b", answer: "second", parent: first.parent });
  session.showBranch(first);
  expect(page.last().answer).toBe("first");
  expect(state().otherTurns.map(({ answer }) => answer)).toEqual(["second"]);
});

test("while a reply is running nothing is edited, regenerated, gone on with or switched", () => {
  const page = openedSession();
  const { session, sent, state } = page;
  page.say("a");
  const a = page.last();
  session.ask("b");
  const before = state();
  const requests = sent.length;
  session.askInstead(a, "other");
  session.showBranch(a);
  session.goOn(a);
  expect(state()).toBe(before);
  expect(sent).toHaveLength(requests);
});

test("a turn is younger than all others, whatever the clock says, so that branches keep their order", () => {
  const page = openedSession();
  page.say("a");
  const { conversation } = page.state();
  const stored = storedFrom({ ...page.last(), createdAt: 9_000 });
  page.session.show({ conversation, turns: [stored] });
  page.session.ask("b");
  expect(page.last().createdAt).toBeGreaterThan(9_000);
});

test("a conversation that is left in mid-reply is stopped, and its reply ends where it is kept", () => {
  const page = openedSession();
  const { session, sent, state, tell } = page;
  session.ask("a");
  const { id } = page.last();
  const { conversation } = state();
  tell(wrote(id, "half"));
  session.startOver();
  expect(sent.at(-1)).toEqual({ kind: "stop" });
  expect(state()).toMatchObject({ turns: [], leftTurns: [{ id, conversation: conversation.id }] });
  expect(state().conversation.id).not.toBe(conversation.id);
  tell(wrote(id, " of it"));
  tell(finished(id, "aborted"));
  expect(state().leftTurns).toMatchObject([{ stage: "finished", reasoning: { tail: "half of it" } }]);
});

test("one that is come back to before its reply has ended is shown as it is known here, and ends here", () => {
  const page = openedSession();
  const { session, state, tell } = page;
  session.ask("a");
  const { id } = page.last();
  const { conversation } = state();
  const stored = storedFrom(page.last());
  tell(wrote(id, "half"));
  session.awaitConversation();
  expect(state()).toMatchObject({ isFetching: true, turns: [] });
  session.show({ conversation, turns: [stored] });
  expect(state()).toMatchObject({ isFetching: false, leftTurns: [], turns: [{ id, stage: "thinking" }] });
  tell(finished(id, "aborted"));
  expect(page.last()).toMatchObject({ stage: "finished", reasoning: { tail: "half" } });
});

test("one that is come back to just as its reply has ended is shown as it ended, whatever the store had read", () => {
  const page = openedSession();
  const { session, state, tell } = page;
  session.ask("a");
  const { id } = page.last();
  const { conversation } = state();
  const stored = storedFrom(page.last());
  tell(wrote(id, "half"));
  session.awaitConversation();
  tell(finished(id, "aborted"));
  session.show({ conversation, turns: [stored] });
  expect(page.last()).toMatchObject({ stage: "finished", isCutOff: false, reasoning: { tail: "half" } });
});

test("a reply that the page's end cut off is shown as interrupted, and goes on with what is there", () => {
  const page = openedSession();
  const { session, sent, state, tell } = page;
  session.ask("a");
  tell(wrote(page.last().id, "half a", "", { tokens: 5 }));
  const turns = [storedFrom(page.last())];
  const { conversation } = state();

  const next = openedSession();
  next.session.show({ conversation, turns });
  expect(next.last()).toMatchObject({ stage: "finished", reason: "aborted", isCutOff: true });
  next.session.goOn(next.last());
  const begun = { reasoning: "half a", answer: "" };
  expect(next.sent.at(-1)).toMatchObject({ kind: "ask", conversation: conversation.id, path: [], text: "a", begun });
  next.tell(wrote(next.last().id, " thought", "", { tokens: 2 }));
  expect(next.last()).toMatchObject({ reasoning: { tail: "half a thought" }, progress: { tokens: 7 } });
  expect(sent.at(-1)).toMatchObject({ kind: "ask" });
});

test("a conversation that is not there leaves a new one, and says so until something is asked", () => {
  const { session, state } = openedSession();
  session.showMissing();
  expect(state()).toMatchObject({ isMissing: true, turns: [] });
  session.ask("a");
  expect(state().isMissing).toBe(false);
});

test("as another tab has left it, a conversation keeps what was written here and is not stored yet", () => {
  const page = openedSession();
  page.session.ask("a");
  const { id } = page.last();
  page.tell(wrote(id, "half", ""));
  const half = storedFrom(page.last());
  page.tell(wrote(id, " of it", "done"));
  page.tell(finished(id));
  const { conversation } = page.state();
  const update = (turn: Partial<typeof half>) =>
    page.session.update({ conversation, turns: [{ ...storedFrom(page.last()), ...turn }] });
  const [whole, ended] = [
    { reasoning: { tail: "half of it" }, answer: "done" },
    { reason: "stop", isCutOff: false },
  ];
  update(half);
  expect(page.last()).toMatchObject({ ...whole, ...ended });
  update({ reason: null });
  expect(page.last()).toMatchObject({ ...whole, ...ended });
  update({ reply: { reasoning: "half of it", answer: "done, and more", isReasoningOver: true } });
  expect(page.last()).toMatchObject({ ...whole, ...ended, answer: "done, and more" });
});
