import { expect, test } from "vitest";
import type { Event as EngineEvent, Request } from "../engine/protocol";
import { createSession } from "./session";
import { failureOf, MODEL, progressOf } from "./testing/events";

const READY: EngineEvent = { kind: "ready", model: MODEL };

function opened() {
  const sent: Request[] = [];
  let tell: (event: EngineEvent) => void = () => {};
  const session = createSession((listen) => {
    tell = listen;
    return { send: (request) => sent.push(request) };
  }, "tiny");
  session.open();
  tell(READY);
  return { session, sent, tell, state: () => session.store.getState() };
}

const finish = (turn: string): EngineEvent => ({ kind: "finished", turn, reason: "stop", progress: progressOf() });
const fail = (turn: string, name: Parameters<typeof failureOf>[0]): EngineEvent => ({
  kind: "turn-failed",
  turn,
  failure: failureOf(name),
});

test("opens, asks with the model's own settings and empties the composer", () => {
  const { session, sent, state } = opened();
  session.setDraft(" What is 2 + 2? ");
  session.ask();
  expect(sent).toEqual([
    { kind: "open", model: "tiny" },
    {
      ...{ kind: "ask", turn: "1", conversation: state().conversation, path: [] },
      ...{ text: "What is 2 + 2?", settings: MODEL.defaults },
    },
  ]);
  expect(state()).toMatchObject({ draft: "", turns: [{ id: "1", prompt: "What is 2 + 2?", stage: "reading" }] });
});

test("an example leaves the draft alone", () => {
  const { session, state } = opened();
  session.setDraft("half a thought");
  session.ask("Is 701 prime?");
  expect(state().draft).toBe("half a thought");
});

test("a blank prompt is refused with a hint until something is written", () => {
  const { session, sent, state } = opened();
  session.setDraft("  \n");
  session.ask();
  expect(state()).toMatchObject({ hint: "emptyPrompt", turns: [] });
  expect(sent).toHaveLength(1);
  session.setDraft("2");
  expect(state().hint).toBeNull();
});

test("one reply at a time; stop is passed on", () => {
  const { session, sent, state, tell } = opened();
  session.ask("one");
  session.ask("two");
  expect(state().turns).toHaveLength(1);
  session.stop();
  expect(sent.at(-1)).toEqual({ kind: "stop" });
  tell(finish("1"));
  session.ask("two");
  expect(state().turns.map(({ id }) => id)).toEqual(["1", "2"]);
});

test("a prompt that is too long fails its turn and goes back into the composer, unless that is in use", () => {
  const { session, state, tell } = opened();
  session.ask("long");
  tell(fail("1", "PromptTooLongError"));
  expect(state()).toMatchObject({
    draft: "long",
    turns: [{ stage: "failed", failure: { name: "PromptTooLongError" } }],
  });
  session.ask();
  session.setDraft("other");
  tell(fail("2", "PromptTooLongError"));
  expect(state().draft).toBe("other");
});

test("asking again replaces the failed turn", () => {
  const { session, sent, state, tell } = opened();
  session.ask("one");
  tell(fail("1", "UnexpectedError"));
  const [failed] = state().turns;
  if (failed) session.askAgain(failed);
  expect(state().turns).toMatchObject([{ id: "2", prompt: "one", stage: "reading" }]);
  expect(sent.at(-1)).toMatchObject({ kind: "ask", turn: "2", text: "one" });
});

test("starting over stops, begins another conversation and ignores what the old turn still says", () => {
  const { session, sent, state, tell } = opened();
  session.ask("one");
  const { conversation } = state();
  session.startOver();
  expect(sent.at(-1)).toEqual({ kind: "stop" });
  expect(state().conversation).not.toBe(conversation);
  tell(finish("1"));
  expect(state().turns).toEqual([]);
});

test("a failing engine ends the turn; the next question brings what was said", () => {
  const { session, sent, state, tell } = opened();
  session.ask("one");
  tell({ kind: "wrote", turn: "1", reasoning: "1 is", answer: "", isReasoning: true, progress: progressOf() });
  tell(finish("1"));
  session.ask("cut off");
  tell({ kind: "failed", failure: failureOf("UnexpectedError") });
  expect(state()).toMatchObject({ engine: { status: "failed" }, turns: [{}, { reason: "aborted", isCutOff: true }] });
  session.ask("two");
  expect(state().turns).toHaveLength(2);
  session.open();
  expect(state().engine).toEqual({ status: "opening", progress: null });
  expect(sent.at(-1)).toEqual({ kind: "open", model: "tiny" });
  tell(READY);
  session.ask("two");
  const path = [{ text: "one", reply: { reasoning: "1 is", answer: "" } }];
  expect(sent.at(-1)).toMatchObject({ kind: "ask", turn: "3", path, text: "two" });
});

test("the other tab's model is taken over when asked to", () => {
  const { session, sent, tell } = opened();
  tell({ kind: "failed", failure: failureOf("TakenOverError") });
  session.takeOver();
  expect(sent.at(-1)).toEqual({ kind: "open", model: "tiny", takeOver: true });
});

test("another model begins anew, below what was said before", () => {
  const { session, sent, state, tell } = opened();
  session.ask("one");
  session.openModel("large");
  expect(sent.slice(-2)).toEqual([{ kind: "stop" }, { kind: "open", model: "large" }]);
  tell(finish("1"));
  tell({ kind: "ready", model: { ...MODEL, id: "large" } });
  expect(state()).toMatchObject({ model: "large", forgotten: 1, turns: [{ id: "1" }] });
});
