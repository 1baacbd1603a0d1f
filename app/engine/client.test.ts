import { expect, test } from "vitest";
import { connectEngine, type EngineWorker } from "./client";
import type { Event as EngineEvent, Request } from "./protocol";

interface FakeWorker extends EngineWorker {
  received: Request[];
  ended: boolean;
}

function fakeWorker(): FakeWorker {
  const received: Request[] = [];
  return {
    received,
    ended: false,
    onmessage: null,
    onmessageerror: null,
    onerror: null,
    postMessage: (request: Request) => received.push(request),
    terminate() {
      this.ended = true;
    },
  };
}

function connected() {
  const workers: FakeWorker[] = [];
  const heard: EngineEvent[] = [];
  const engine = connectEngine(
    (event) => heard.push(event),
    () => {
      const worker = fakeWorker();
      workers.push(worker);
      return worker;
    },
  );
  const say = (worker: FakeWorker | undefined, event: EngineEvent) =>
    worker?.onmessage?.call(worker as unknown as Worker, { data: event } as MessageEvent);
  const crash = (worker: FakeWorker | undefined, message: string) =>
    worker?.onerror?.call(worker as unknown as Worker, { message, filename: "worker.ts", lineno: 7 } as ErrorEvent);
  return { engine, workers, heard, say, crash };
}

test("starts one worker with the first open, and passes requests and events on", () => {
  const { engine, workers, heard, say } = connected();
  engine.send({ kind: "stop" });
  expect(workers).toHaveLength(0);
  engine.send({ kind: "open", model: "tiny" });
  engine.send({ kind: "open", model: "tiny" });
  engine.send({ kind: "answer-now" });
  expect(workers).toHaveLength(1);
  expect(workers[0]?.received.map(({ kind }) => kind)).toEqual(["open", "open", "answer-now"]);
  say(workers[0], { kind: "progress", phase: "loading", doneBytes: 1, totalBytes: 2 });
  expect(heard).toEqual([{ kind: "progress", phase: "loading", doneBytes: 1, totalBytes: 2 }]);
});

test("a crash becomes UnexpectedError, and open starts a fresh worker", () => {
  const { engine, workers, heard, crash } = connected();
  engine.send({ kind: "open", model: "tiny" });
  crash(workers[0], "out of memory");
  expect(workers[0]?.ended).toBe(true);
  expect(heard).toEqual([
    {
      kind: "failed",
      failure: {
        name: "UnexpectedError",
        message: "The engine stopped working unexpectedly.",
        canRetry: true,
        detail: "out of memory (worker.ts:7)",
      },
    },
  ]);
  engine.send({ kind: "answer-now" });
  expect(workers).toHaveLength(1);
  engine.send({ kind: "open", model: "tiny" });
  expect(workers).toHaveLength(2);
  expect(workers[1]?.received).toEqual([{ kind: "open", model: "tiny" }]);
});

test("a script that does not load says so", () => {
  const { engine, workers, heard, crash } = connected();
  engine.send({ kind: "open", model: "tiny" });
  crash(workers[0], "");
  expect(heard[0]).toMatchObject({ failure: { detail: "The engine's script could not be loaded." } });
});

test.each(["UnexpectedError", "DeviceLostError"] as const)("a worker that reports %s is ended", (name) => {
  const { engine, workers, say } = connected();
  engine.send({ kind: "open", model: "tiny" });
  say(workers[0], { kind: "failed", failure: { name, message: "Oh.", canRetry: true } });
  engine.send({ kind: "open", model: "tiny" });
  expect(workers.map(({ ended }) => ended)).toEqual([true, false]);
});

test("a worker that reports another fault is opened again", () => {
  const { engine, workers, say } = connected();
  engine.send({ kind: "open", model: "tiny" });
  say(workers[0], { kind: "failed", failure: { name: "StorageError", message: "No.", canRetry: true } });
  engine.send({ kind: "open", model: "tiny" });
  expect(workers.map(({ ended }) => ended)).toEqual([false]);
});
