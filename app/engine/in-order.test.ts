import { expect, test } from "vitest";
import { inOrder } from "./in-order";
import type { Event as EngineEvent, Request, Settings } from "./protocol";

const settings: Settings = {
  ...{ temperature: 0, topP: 1, topK: 0, minP: 0, seed: 0, maxTokens: 8 },
  ...{ system: "", thinkingBudget: null, dropsReasoning: true },
};
const about = { conversation: "a", path: [], settings };
const PREPARE: Request = { kind: "prepare", ...about };
const ask = (turn: string): Request => ({ kind: "ask", turn, text: "1+1", ...about });
const end = (turn: string): EngineEvent => ({
  kind: "turn-failed",
  turn,
  failure: { name: "EmptyPromptError", message: "", canRetry: false },
});

function connected() {
  const sent: string[] = [];
  const heard: EngineEvent[] = [];
  let tell: (event: EngineEvent) => void = () => {};
  const engine = inOrder((listen) => {
    tell = listen;
    return { send: (request) => sent.push(request.kind === "ask" ? `ask ${request.turn}` : request.kind) };
  })((event) => heard.push(event));
  return { engine, sent, heard, tell: (event: EngineEvent) => tell(event) };
}

test("reading ahead and the next question wait for the end of the running turn", () => {
  const { engine, sent, heard, tell } = connected();
  engine.send({ kind: "open", model: "tiny" });
  engine.send(ask("1"));
  engine.send({ kind: "stop" });
  engine.send(PREPARE);
  engine.send(ask("2"));
  engine.send(PREPARE);
  expect(sent).toEqual(["open", "ask 1", "stop"]);
  tell(end("7"));
  expect(sent).toHaveLength(3);
  tell(end("1"));
  expect(sent.slice(3)).toEqual(["prepare", "ask 2"]);
  tell(end("2"));
  expect(sent.slice(5)).toEqual(["prepare"]);
  expect(heard).toEqual([end("7"), end("1"), end("2")]);
});

test("a stop while a question waits ends that one too", () => {
  const { engine, sent, tell } = connected();
  engine.send(ask("1"));
  engine.send({ kind: "stop" });
  engine.send(ask("2"));
  engine.send({ kind: "stop" });
  engine.send(ask("3"));
  tell(end("1"));
  expect(sent).toEqual(["ask 1", "stop", "stop", "ask 2", "stop"]);
  tell(end("2"));
  expect(sent.at(-1)).toBe("ask 3");
});

test("what waits is dropped when the engine fails", () => {
  const { engine, sent, tell } = connected();
  engine.send(ask("1"));
  engine.send(PREPARE);
  tell({ kind: "failed", failure: { name: "DeviceLostError", message: "", canRetry: true } });
  tell(end("1"));
  engine.send({ kind: "open", model: "tiny" });
  engine.send(ask("2"));
  expect(sent).toEqual(["ask 1", "open", "ask 2"]);
});
