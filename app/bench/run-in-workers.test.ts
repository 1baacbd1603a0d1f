import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Event as EngineEvent, Request } from "../engine/protocol";
import type { BenchEvent, BenchFields, BenchRequest } from "./protocol";
import { runInWorkers } from "./run-in-workers";

const FIELDS: BenchFields = { config: "tiny", only: "load", contexts: "", prompts: "", "kernels-at": "" };
/** Of the engine, unless it is told another. */
const USUAL_CONTEXT = 32_768;
const defaults = { temperature: 1, topP: 1, topK: 0, minP: 0, seed: 0, maxTokens: 1, system: "" };

/** What the page's own worker and the bench's do in a test. */
let contexts: number[];
/** Of the engine's openings, the one that fails, from 0. */
let failingOpening: number;
let cleanFails: boolean;
let openings: Extract<Request, { kind: "open" }>[];
let requests: BenchRequest["kind"][];

/** Stands for either worker, by the name of its script. */
class FakeWorker {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onerror: ((event: { message: string }) => void) | null = null;
  readonly #isEngine: boolean;

  constructor(url: URL | string) {
    this.#isEngine = String(url).includes("engine/worker");
  }

  postMessage(request: BenchRequest | Request): void {
    const events = this.#isEngine ? engineAnswers(request as Request) : benchAnswers(request as BenchRequest);
    queueMicrotask(() => {
      for (const data of events) this.onmessage?.({ data });
    });
  }

  terminate(): void {
    this.onmessage = null;
  }
}

function benchAnswers({ kind }: BenchRequest): BenchEvent[] {
  requests.push(kind);
  if (kind === "run") return [{ kind: "stored", model: "bench", contexts }];
  return [cleanFails ? { kind: "failed", message: "The model could not be deleted." } : { kind: "cleaned" }];
}

function engineAnswers(request: Request): EngineEvent[] {
  if (request.kind === "open") {
    openings.push(request);
    return [{ kind: "ready", model: { defaults, isSoftwareAdapter: false } } as unknown as EngineEvent];
  }
  if (request.kind !== "ask") return [];
  const { startAt = 0, contextLength = USUAL_CONTEXT } = openings.at(-1) ?? {};
  const isRoom = startAt + 64 + request.settings.maxTokens <= contextLength;
  if (!isRoom || openings.length - 1 === failingOpening) {
    const failure = { name: "UnexpectedError", message: "The engine failed.", canRetry: true } as const;
    return [{ kind: "turn-failed", turn: "1", failure }];
  }
  const progress = { tokens: request.settings.maxTokens, tokensPerSecond: 100 };
  return [{ kind: "finished", turn: "1", reason: "length", progress } as unknown as EngineEvent];
}

const heard: BenchEvent[] = [];
const run = (signal = new AbortController().signal) =>
  runInWorkers(FIELDS, { hear: (event) => heard.push(event), signal });
/** Of the tables that were heard. */
const rowNames = () =>
  heard.flatMap((event) => (event.kind === "table" ? event.table.rows.map(({ name }) => name) : []));

beforeEach(() => {
  contexts = [2048, 2048, USUAL_CONTEXT];
  failingOpening = -1;
  cleanFails = false;
  openings = [];
  requests = [];
  heard.length = 0;
  vi.stubGlobal("Worker", FakeWorker);
});
afterEach(() => vi.unstubAllGlobals());

test("the engine has room to write after each context, however long", async () => {
  await run();
  expect(rowNames()).toEqual(["at 2048", "at 2048, again", "at 32768"]);
  expect(openings.map(({ startAt }) => startAt)).toEqual(contexts);
  expect(requests).toEqual(["run", "clean"]);
});

test("rows that are there are passed on when a later one fails; what is said is why", async () => {
  failingOpening = 1;
  await expect(run()).rejects.toThrow("The engine failed.");
  expect(rowNames()).toEqual(["at 2048"]);
  expect(requests).toEqual(["run", "clean"]);
});

test("a model that cannot be deleted does not hide what went wrong before, and is said otherwise", async () => {
  cleanFails = true;
  failingOpening = 0;
  await expect(run()).rejects.toThrow("The engine failed.");
  failingOpening = -1;
  await expect(run()).rejects.toThrow("The model could not be deleted.");
});

test("stopped: the abort's reason, but where cleaning up failed, that", async () => {
  const signal = AbortSignal.abort();
  await expect(run(signal)).rejects.toBe(signal.reason);
  cleanFails = true;
  await expect(run(signal)).rejects.toThrow("The model could not be deleted.");
  expect(requests).toEqual(["run", "clean", "run", "clean"]);
});
