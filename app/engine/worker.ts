import { type Gpu, openGpu } from "@gpu/device";
import { type OpenConversation, openConversation } from "@model/generation/open-conversation";
import { keepChoices, recallChoices } from "@model/library/device-choices";
import { modelAtHand, storedBytesOf } from "@model/library/model-at-hand";
import { acquireSoon } from "@model/library/patient-lock";
import { repairFromOrigin } from "@model/library/repair-from-origin";
import type { ModelLock } from "@model/weights/lock";
import { type ModelStore, openModelStore } from "@model/weights/store";
import { storedPieces } from "@model/weights/stored-model";
import { failureOf } from "./failure";
import type { Event, FailureName, PastTurn, Phase, Request } from "./protocol";
import { type ReadersInWorkers, readInWorkers } from "./read-in-workers";
import { relay } from "./relay";
import { TurnMeter } from "./turn-meter";

/** The model that the page brings with it. */
const SHIPPED = "tiny";
const SHIPPED_URL = new URL(`${import.meta.env.BASE_URL}models/${SHIPPED}`, location.origin).href;

const NOTHING_DONE = { doneBytes: 0, totalBytes: 0 };
const DEFAULT_SEED = 0;
const DEFAULT_MAX_TOKENS = 16_384;

/** How long after a failure the news that the device is lost may come. */
const LOST_MS = 250;

const ENDS_ONLY_THE_TURN: ReadonlySet<FailureName> = new Set<FailureName>(["PromptTooLongError", "EmptyPromptError"]);

let engine: { gpu: Gpu; open: OpenConversation; lock: ModelLock } | undefined;
/** An opening or a turn. */
let running: { abort: AbortController; ended: Promise<void>; isSuperseded: boolean } | undefined;

const say = (event: Event): void => postMessage(event);
const sayFailed = (error: unknown): void => say({ kind: "failed", failure: failureOf(error) });

addEventListener("message", ({ data }: MessageEvent<Request>) => {
  answer(data).catch(sayFailed);
});

async function answer(request: Request): Promise<void> {
  switch (request.kind) {
    case "open":
      return exclusively((signal) => open(request, signal), "now");
    case "ask":
      return exclusively((signal) => ask(request, signal));
    case "stop":
      return running?.abort.abort();
    case "reset":
      return engine?.open.conversation.reset();
  }
}

/** One thing at a time; the page does not ask for more. What begins "now" ends what is running first. */
async function exclusively(work: (signal: AbortSignal) => Promise<void>, when: "now" | "idle" = "idle"): Promise<void> {
  while (running) {
    if (when === "idle") return;
    running.isSuperseded = true;
    running.abort.abort();
    await running.ended;
  }
  const abort = new AbortController();
  const done = work(abort.signal);
  const mine = { abort, ended: done.catch(() => {}), isSuperseded: false };
  running = mine;
  try {
    await done;
  } catch (error) {
    // Nobody waits for it any more.
    if (!mine.isSuperseded) throw error;
  } finally {
    running = undefined;
  }
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

async function openLocked(
  { model, turns = [], startAt = 0 }: Opening,
  lock: ModelLock,
  signal: AbortSignal,
): Promise<void> {
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
    const { manifest, fetchedBytes } = atHand;
    const repair = await repairFromOrigin(store, model, manifest, signal);
    readers = readInWorkers(model, storedPieces(store, model, { repair }));
    const loading = openConversation(gpu, manifest, readers.read, { signal, onProgress: report("loading"), startAt });
    const opened = await orLost(gpu, loading);
    signal.throwIfAborted();
    await keepChoices(gpu);
    engine = { gpu, open: opened, lock };
    if (turns.length > 0) report("reading")(NOTHING_DONE);
    const recalled = await orLost(gpu, recall(opened, turns, signal));
    const { description, isFallback } = gpu.adapter;
    say({
      kind: "ready",
      recalled,
      model: {
        id: model,
        name: manifest.name,
        description: manifest.description,
        parameters: manifest.parameters,
        storedBytes: storedBytesOf(manifest),
        contextLength: opened.conversation.contextLength,
        adapter: description,
        isSoftwareAdapter: isFallback,
        defaults: { ...opened.defaults, seed: DEFAULT_SEED, maxTokens: DEFAULT_MAX_TOKENS },
        fetchedBytes,
      },
    });
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

/** A device that is lost may leave work unanswered for ever. */
const orLost = <T>(gpu: Gpu, work: Promise<T>): Promise<T> =>
  Promise.race([work, gpu.lost.then((error) => Promise.reject(error))]);

/** @returns false when the turns do not fit the context; the conversation is empty then. */
async function recall({ conversation }: OpenConversation, turns: readonly PastTurn[], signal: AbortSignal) {
  try {
    await conversation.recall(turns, signal);
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === "PromptTooLongError") return false;
    throw error;
  }
}

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

async function ask(question: Extract<Request, { kind: "ask" }>, signal: AbortSignal): Promise<void> {
  if (!engine) throw new Error("The page asked before the model was open.");
  const { gpu, open } = engine;
  const { turn, text, settings, begun } = question;
  const { maxTokens, ...sampling } = settings;
  try {
    const meter = new TurnMeter(open.conversation.promptIds(text, begun).length, open.conversation.contextLength);
    const reply = open.conversation.ask(text, { sampling, maxTokens, signal, begun });
    await relay(turn, reply, (counts) => meter.measure(counts, open.conversation.contextUsed), say);
  } catch (error) {
    const failure = failureOf(error);
    if (!ENDS_ONLY_THE_TURN.has(failure.name)) throw await causeOf(error, gpu);
    say({ kind: "turn-failed", turn, failure });
  }
}

/** A device that is lost first ends all that waits for it, with errors that do not say so, and only then tells. */
function causeOf(error: unknown, gpu: Gpu): Promise<unknown> {
  return Promise.race([gpu.lost, new Promise((resolve) => setTimeout(resolve, LOST_MS, error))]);
}
