import { type Gpu, openGpu } from "@gpu/device";
import { type OpenConversation, openConversation } from "@model/generation/open-conversation";
import { keepChoices, recallChoices } from "@model/library/device-choices";
import { type ModelAtHand, modelAtHand, storedBytesOf } from "@model/library/model-at-hand";
import { acquireSoon } from "@model/library/patient-lock";
import { repairFromOrigin } from "@model/library/repair-from-origin";
import { StateStore } from "@model/state/state-store";
import type { ModelLock } from "@model/weights/lock";
import { type ModelStore, openModelStore } from "@model/weights/store";
import { storedPieces } from "@model/weights/stored-model";
import { failureOf } from "./failure";
import { OneAtATime } from "./one-at-a-time";
import type { Event, ModelFacts, Phase, Request } from "./protocol";
import { type ReadersInWorkers, readInWorkers } from "./read-in-workers";
import { Turns } from "./turns";

/** The model that the page brings with it. */
const SHIPPED = "tiny";
const SHIPPED_URL = new URL(`${import.meta.env.BASE_URL}models/${SHIPPED}`, location.origin).href;

const NOTHING_DONE = { doneBytes: 0, totalBytes: 0 };
/** Settings about which a checkpoint says nothing. */
const OUR_DEFAULTS = { seed: 0, maxTokens: 16_384, system: "", thinkingBudget: null, dropsReasoning: true };

/** So long after a turn the next one is not begun at once. */
const KEEP_AFTER_MS = 300;

let engine: { gpu: Gpu; open: OpenConversation; turns: Turns; lock: ModelLock } | undefined;
const tasks = new OneAtATime();
/** Of the turn that was asked for last: its reasoning is to end. It may come before the turn has begun. */
let answerNow = new AbortController();
/** A browser that refuses to store states loses nothing but time. */
const states = StateStore.open().catch(() => undefined);

const say = (event: Event): void => postMessage(event);
const sayFailed = (error: unknown): void => say({ kind: "failed", failure: failureOf(error) });

addEventListener("message", ({ data }: MessageEvent<Request>) => {
  answer(data).catch(sayFailed);
});

async function answer(request: Request): Promise<void> {
  switch (request.kind) {
    case "open":
      return tasks.run("opening", (signal) => open(request, signal));
    case "ask":
      answerNow = new AbortController();
      await turn(request, answerNow.signal);
      return keep();
    case "prepare":
      await tasks.run("preparing", async (signal) => engine?.turns.prepare(request, signal));
      return keep();
    case "answer-now":
      return answerNow.abort();
    case "stop":
      return tasks.stop();
    case "forget":
      engine?.open.conversation.forget(request.conversation);
      return (await states)?.delete(request.conversation).catch(() => undefined);
  }
}

function turn(request: Extract<Request, { kind: "ask" }>, answerNow: AbortSignal): Promise<void> {
  return tasks.run("turn", async (signal) => {
    if (!engine) throw new Error("The page asked before the model was open.");
    await engine.turns.ask(request, { signal, answerNow });
  });
}

type Opening = Extract<Request, { kind: "open" }>;

/** One tab has a model at a time: two would not fit the graphics card, and would fetch everything twice. */
async function open(request: Opening, aborted: AbortSignal): Promise<void> {
  close();
  const lock = await acquireSoon(request.model, { signal: aborted, steal: request.takeOver });
  try {
    await openLocked(request, lock, AbortSignal.any([aborted, lock.lost]));
  } catch (error) {
    lock.release();
    throw lock.lost.aborted ? lock.lost.reason : error;
  }
  lock.lost.addEventListener("abort", () => {
    if (engine?.lock !== lock) return;
    close();
    sayFailed(lock.lost.reason);
  });
}

async function openLocked(request: Opening, lock: ModelLock, signal: AbortSignal): Promise<void> {
  const { model, startAt = 0, contextLength } = request;
  const report = (phase: Phase) => (bytes: { doneBytes: number; totalBytes: number }) =>
    say({ kind: "progress", phase, ...bytes });
  report("checking")(NOTHING_DONE);
  // Before the download: without a graphics adapter it would be for nothing.
  const gpu = await openGpu();
  await recallChoices(gpu);
  let store: ModelStore | undefined;
  let readers: ReadersInWorkers | undefined;
  try {
    store = await openModelStore();
    const url = model === SHIPPED ? SHIPPED_URL : undefined;
    const atHand = await modelAtHand(store, model, { url, signal, onProgress: report("downloading") });
    const { manifest } = atHand;
    const repair = await repairFromOrigin(store, model, manifest, signal);
    readers = readInWorkers(model, storedPieces(store, model, { repair }), { pieces: manifest.chunks.length });
    const { read, ahead: chunksAhead } = readers;
    const options = {
      signal,
      onProgress: report("loading"),
      chunksAhead,
      startAt,
      contextLength,
      states: await states,
    };
    const loading = openConversation(gpu, manifest, read, options);
    const opened = await orLost(gpu, loading);
    signal.throwIfAborted();
    await keepChoices(gpu);
    engine = { gpu, open: opened, turns: new Turns(gpu, opened.conversation, say), lock };
    say({ kind: "ready", model: factsOf(model, atHand, gpu, opened) });
    watch(gpu);
  } catch (error) {
    engine = undefined;
    gpu.device.destroy();
    throw error;
  } finally {
    readers?.close();
    store?.close();
  }
}

/** What the page is told of an open model. */
function factsOf(id: string, { manifest, fetchedBytes }: ModelAtHand, gpu: Gpu, opened: OpenConversation): ModelFacts {
  const { name, description, parameters } = manifest;
  const { conversation, defaults, longestContext, contextBytes } = opened;
  return {
    ...{ id, name, description, parameters, longestContext, contextBytes, fetchedBytes },
    storedBytes: storedBytesOf(manifest),
    contextLength: conversation.contextLength,
    adapter: gpu.adapter.description,
    isSoftwareAdapter: gpu.adapter.isFallback,
    defaults: { ...defaults, ...OUR_DEFAULTS },
  };
}

/** A device that is lost may leave work unanswered for ever. */
const orLost = <T>(gpu: Gpu, work: Promise<T>): Promise<T> =>
  Promise.race([work, gpu.lost.then((error) => Promise.reject(error))]);

/** A device can go at any time, and WebGPU reports mistakes late and by itself. */
function watch(gpu: Gpu): void {
  gpu.device.addEventListener("uncapturederror", ({ error }) => sayFailed(new Error(error.message)));
  gpu.lost.then((error) => {
    if (engine?.gpu !== gpu) return; // closed by us
    engine.lock.release();
    engine = undefined;
    sayFailed(error);
  }, sayFailed);
}

function close(): void {
  const before = engine;
  engine = undefined;
  before?.open.destroy();
  before?.gpu.device.destroy();
  before?.lock.release();
}

/** Stores the state of the last turn, if nothing else is wanted soon. */
async function keep(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, KEEP_AFTER_MS));
  await tasks.run("keeping", async (signal) => engine?.turns.keep(signal));
}
