import { expect, test } from "vitest";
import type { Event as EngineEvent } from "../engine/protocol";
import { batchByFrame } from "./frame-batch";
import { progressOf } from "./testing/events";

const wrote = (turn: string, reasoning: string, answer = ""): EngineEvent => ({
  kind: "wrote",
  turn,
  reasoning,
  answer,
  isReasoning: true,
  progress: progressOf({ tokens: reasoning.length + answer.length }),
});

function batched() {
  const heard: EngineEvent[] = [];
  const frames: (() => void)[] = [];
  const tell = batchByFrame(
    (event) => heard.push(event),
    (run) => frames.push(run),
  );
  return { heard, tell, frames, drawFrame: () => frames.splice(0).map((run) => run()) };
}

test("joins the text of one frame and keeps the newest progress", () => {
  const { heard, tell, frames, drawFrame } = batched();
  tell(wrote("1", "2*5"));
  tell(wrote("1", "=10"));
  tell(wrote("1", "", "ten"));
  expect(heard).toEqual([]);
  expect(frames).toHaveLength(1);
  drawFrame();
  expect(heard).toEqual([{ ...wrote("1", "2*5=10", "ten"), progress: progressOf({ tokens: 3 }) }]);
  tell(wrote("1", "more"));
  drawFrame();
  expect(heard).toHaveLength(2);
});

test("other events bring the text out first, and the frame after them finds nothing", () => {
  const { heard, tell, drawFrame } = batched();
  tell(wrote("1", "a"));
  tell({ kind: "finished", turn: "1", reason: "stop", progress: progressOf() });
  expect(heard.map(({ kind }) => kind)).toEqual(["wrote", "finished"]);
  drawFrame();
  expect(heard).toHaveLength(2);
});

test("text of another turn is never joined", () => {
  const { heard, tell, drawFrame } = batched();
  tell(wrote("1", "a"));
  tell(wrote("2", "b"));
  drawFrame();
  expect(heard).toEqual([wrote("1", "a"), wrote("2", "b")]);
});
