import { expect, test } from "vitest";
import type { Event as EngineEvent } from "../engine/protocol";
import { failureOf, progressOf } from "./testing/events";
import { wrote as written } from "./testing/opened-session";
import { beginTurn, isRunning, type Turn, turnAfter } from "./turn";

const play = (...events: EngineEvent[]): Turn =>
  events.reduce(turnAfter, beginTurn({ id: "1", parent: null, createdAt: 0, conversation: "c", prompt: "2*5?" }));
const wrote = (reasoning: string, answer = "", turn = "1") => written(turn, reasoning, answer);

test("goes from reading over thinking and answering to finished", () => {
  expect(play().stage).toBe("reading");
  expect(play(wrote("\n")).stage).toBe("reading");
  expect(play(wrote("\n"), wrote("2*5")).stage).toBe("thinking");
  const answering = play(wrote("2*5"), wrote("\n", "\n\n"), wrote("", "10"));
  expect(answering).toMatchObject({ stage: "answering", answer: "\n\n10", reasoning: { tail: "2*5\n" } });
  const done = turnAfter(answering, {
    kind: "finished",
    turn: "1",
    reason: "length",
    progress: progressOf({ tokens: 9 }),
  });
  expect(done).toMatchObject({ stage: "finished", reason: "length", progress: { tokens: 9 } });
  expect(isRunning(answering)).toBe(true);
  expect(isRunning(done)).toBe(false);
});

test("white space before the answer does not end the thinking", () => {
  expect(play(wrote("2*5"), wrote("", "\n\n")).stage).toBe("thinking");
});

test("leaves other turns' events alone, and what comes after the end", () => {
  const turn = play(wrote("a"));
  expect(turnAfter(turn, wrote("b", "", "2"))).toBe(turn);
  expect(turnAfter(turn, { kind: "progress", phase: "loading", doneBytes: 0, totalBytes: 0 })).toBe(turn);
  const failed = turnAfter(turn, { kind: "turn-failed", turn: "1", failure: failureOf("UnexpectedError") });
  expect(failed.stage).toBe("failed");
  expect(turnAfter(failed, wrote("b"))).toBe(failed);
});

test("a lost engine leaves what was written", () => {
  expect(play(wrote("2*5=10"), { kind: "failed", failure: failureOf("DeviceLostError") })).toMatchObject({
    stage: "finished",
    reason: "aborted",
    reasoning: { tail: "2*5=10" },
  });
});
