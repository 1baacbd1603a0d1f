import { expect, test } from "vitest";
import type { Event as EngineEvent, Failure, Request } from "../engine/protocol";
import { createSession } from "./session";
import { MODEL, progressOf } from "./testing/events";
import { textOf } from "./text-log";

const READY: EngineEvent = { kind: "ready", model: MODEL };
const LOSS: Failure = { name: "DeviceLostError", message: "The graphics device was lost (sleep).", canRetry: true };
const LOST: EngineEvent = { kind: "failed", failure: LOSS };

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

const wrote = (turn: string, reasoning: string, answer: string, tokens: number): EngineEvent => {
  return {
    kind: "wrote",
    turn,
    reasoning,
    answer,
    isReasoning: true,
    progress: progressOf({ tokens, elapsedMs: tokens * 10 }),
  };
};
const finish = (turn: string, tokens: number): EngineEvent => {
  return { kind: "finished", turn, reason: "stop", progress: progressOf({ tokens, elapsedMs: tokens * 10 }) };
};

test("the model is opened again by itself, and the reply goes on where it was cut", () => {
  const { session, sent, tell, state } = opened();
  session.ask("one");
  tell(wrote("1", "1", "", 1));
  tell(finish("1", 1));
  session.ask("two");
  tell(wrote("2", "2 is", "", 7));
  tell(LOST);
  expect(state().engine).toEqual({ status: "opening", progress: null, because: LOSS });
  expect(sent.at(-1)).toEqual({ kind: "open", model: "tiny" });

  tell({ kind: "progress", phase: "loading", doneBytes: 1, totalBytes: 2 });
  expect(state().engine).toMatchObject({ because: LOSS, progress: { doneBytes: 1 } });
  tell(READY);
  const begun = { reasoning: "2 is", answer: "" };
  const path = [{ text: "one", reply: { reasoning: "1", answer: "" } }];
  expect(sent.at(-1)).toMatchObject({ kind: "ask", turn: "2", path, text: "two", settings: MODEL.defaults, begun });
  expect(state()).toMatchObject({ forgotten: 0, turns: [{ stage: "finished" }, { stage: "reading", reason: null }] });
  expect(state().notice).toEqual({ failure: LOSS, isOver: true });

  tell(wrote("2", " even", "2", 3));
  tell(finish("2", 4));
  const turn = state().turns[1];
  expect(turn && textOf(turn.reasoning)).toBe("2 is even");
  expect(turn).toMatchObject({ stage: "finished", answer: "2", progress: { tokens: 11, elapsedMs: 110 } });
  session.ask("three");
  expect(state().notice).toBeNull();
});

test("a second loss waits for the person; after that, one more goes by itself", () => {
  const { session, sent, tell, state } = opened();
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
  const { session, sent, tell } = opened();
  tell(LOST);
  tell(READY);
  session.ask("one");
  tell(LOST);
  session.open();
  tell(READY);
  const conversation = expect.any(String);
  const settings = MODEL.defaults;
  expect(sent.at(-1)).toEqual({ kind: "ask", turn: "1", conversation, path: [], text: "one", settings });
});

test("a loss while the model is being opened is a fault like others", () => {
  const { session, tell, state } = opened();
  session.open();
  tell(LOST);
  expect(state().engine.status).toBe("failed");
});
