import { expect, test } from "vitest";
import type { Event as EngineEvent, Failure } from "../engine/protocol";
import { MODEL } from "./testing/events";
import { finished, openedSession, READY, wrote } from "./testing/opened-session";
import { textOf } from "./text-log";

const LOSS: Failure = { name: "DeviceLostError", message: "The graphics device was lost (sleep).", canRetry: true };
const LOST: EngineEvent = { kind: "failed", failure: LOSS };

/** So many tokens, 10 ms each. */
const after = (tokens: number) => ({ tokens, elapsedMs: tokens * 10 });

test("the model is opened again by itself, and the reply goes on where it was cut", () => {
  const page = openedSession();
  const { session, sent, tell, state } = page;
  page.say("one", "1");
  session.ask("two");
  const { id } = page.last();
  tell(wrote(id, "2 is", "", after(7)));
  tell(LOST);
  expect(state().engine).toEqual({ status: "opening", progress: null, because: LOSS });
  expect(sent.at(-1)).toEqual({ kind: "open", model: "tiny" });

  tell({ kind: "progress", phase: "loading", doneBytes: 1, totalBytes: 2 });
  expect(state().engine).toMatchObject({ because: LOSS, progress: { doneBytes: 1 } });
  tell(READY);
  const path = [{ text: "one", reply: { reasoning: "", answer: "1", isReasoningOver: true } }];
  expect(sent.at(-1)).toEqual({
    ...{ kind: "ask", turn: id, conversation: "1", path, text: "two", settings: MODEL.defaults },
    begun: { reasoning: "2 is", answer: "" },
  });
  expect(state()).toMatchObject({ turns: [{ stage: "finished" }, { stage: "reading", reason: null }] });
  expect(state().notice).toEqual({ failure: LOSS, isOver: true });

  tell(wrote(id, " even", "2", after(3)));
  tell(finished(id, "stop", after(4)));
  expect(textOf(page.last().reasoning)).toBe("2 is even");
  expect(page.last()).toMatchObject({ stage: "finished", answer: "2", progress: { tokens: 11, elapsedMs: 110 } });
  session.ask("three");
  expect(state().notice).toBeNull();
});

test("a second loss waits for the person; after that, one more goes by itself", () => {
  const { session, sent, tell, state } = openedSession();
  tell(LOST);
  tell(READY);
  tell(LOST);
  expect(state().engine).toEqual({ status: "failed", failure: LOSS });
  expect(sent).toHaveLength(2);
  session.open();
  tell(READY);
  tell(LOST);
  expect(state().engine.status).toBe("opening");
});

test("a reply cut off by the second loss goes on after Retry", () => {
  const page = openedSession();
  const { session, sent, tell } = page;
  tell(LOST);
  tell(READY);
  session.ask("one");
  tell(LOST);
  session.open();
  tell(READY);
  const { id } = page.last();
  expect(sent.at(-1)).toMatchObject({ kind: "ask", turn: id, text: "one", path: [] });
  expect(sent.at(-1)).not.toHaveProperty("begun");
});

test("one that was left meanwhile does not go on by itself", () => {
  const { session, sent, tell } = openedSession();
  session.ask("one");
  tell(LOST);
  session.startOver();
  tell(READY);
  expect(sent.at(-1)?.kind).toBe("open");
});

test("a loss while the model is being opened is a fault like others", () => {
  const { session, tell, state } = openedSession();
  session.open();
  tell(LOST);
  expect(state().engine.status).toBe("failed");
});
