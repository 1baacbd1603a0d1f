import { type Gpu, openGpu } from "@gpu/device";
import { type OpenConversation, openConversation } from "@model/generation/open-conversation";
import { keepChoices, recallChoices } from "@model/library/device-choices";
import { type ModelAtHand, modelAtHand, storedBytesOf } from "@model/library/model-at-hand";
import { acquireSoon } from "@model/library/patient-lock";
import { repairFromOrigin } from "@model/library/repair-from-origin";
import type { ModelLock } from "@model/weights/lock";
import { type ModelStore, openModelStore } from "@model/weights/store";
import { storedPieces } from "@model/weights/stored-model";
import { failureOf } from "./failure";
import { OneAtATime } from "./one-at-a-time";
import type { Event, FailureName, ModelFacts, Phase, Request } from "./protocol";
import { relay } from "./relay";
import { TurnMeter } from "./turn-meter";

/** The model that the page brings with it. */
const SHIPPED = "tiny";
const SHIPPED_URL = new URL(`${import.meta.env.BASE_URL}models/${SHIPPED}`, location.origin).href;

const NOTHING_DONE = { doneBytes: 0, totalBytes: 0 };
/** Settings about which a checkpoint says nothing. */
const OUR_DEFAULTS = { seed: 0, maxTokens: 16_384, system: "", thinkingBudget: null, dropsReasoning: true };

/** How long after a failure the news that the device is lost may come. */
const LOST_MS = 250;

const ENDS_ONLY_THE_TURN: ReadonlySet<FailureName> = new Set<FailureName>(["PromptTooLongError", "EmptyPromptError"]);

let engine: { gpu: Gpu; open: OpenConversation; lock: ModelLock } | undefined;
const tasks = new OneAtATime();
/** Of the running turn: its reasoning is to end. */
let answerNow = new AbortController();

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
      return tasks.run("turn", (signal) => ask(request, signal));
    case "prepare":
      return tasks.run("spare", (signal) => prepare(request, signal));
    case "answer-now":
      return answerNow.abort();
    case "stop":
      return tasks.stop();
    case "forget":
      return undefined;
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

async function openLocked(request: Opening, lock: ModelLock, signal: AbortSignal): Promise<void> {
  const { model, startAt = 0, contextLength } = request;
  const report = (phase: Phase) => (bytes: { doneBytes: number; totalBytes: number }) =>
    say({ kind: "progress", phase, ...bytes });
  report("checking")(NOTHING_DONE);
  // Before the download: without a graphics adapter it would be for nothing.
  const gpu = await openGpu();
  await recallChoices(gpu);
  let store: ModelStore | undefined;
  try {
    store = await openModelStore();
    const url = model === SHIPPED ? SHIPPED_URL : undefined;
    const atHand = await modelAtHand(store, model, { url, signal, onProgress: report("downloading") });
    const { manifest } = atHand;
    const read = storedPieces(store, model, { repair: await repairFromOrigin(store, model, manifest, signal) });
    const options = { signal, onProgress: report("loading"), startAt, contextLength };
    const loading = openConversation(gpu, manifest, read, options);
    const opened = await orLost(gpu, loading);
    signal.throwIfAborted();
    await keepChoices(gpu);
    engine = { gpu, open: opened, lock };
    say({ kind: "ready", model: factsOf(model, atHand, gpu, opened) });
    watch(gpu);
  } catch (error) {
    engine = undefined;
    gpu.device.destroy();
    throw error;
  } finally {
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

async function ask(question: Extract<Request, { kind: "ask" }>, signal: AbortSignal): Promise<void> {
  if (!engine) throw new Error("The page asked before the model was open.");
  const { gpu, open } = engine;
  const { turn, path, text, settings, begun } = question;
  const { maxTokens, thinkingBudget, system, dropsReasoning, ...sampling } = settings;
  answerNow = new AbortController();
  const meter = new TurnMeter(open.conversation.contextLength);
  try {
    const reply = open.conversation.ask(
      { path, text, begun, system, dropsReasoning },
      {
        ...{ sampling, maxTokens, thinkingBudget, signal, answerNow: answerNow.signal },
        onRecalled(recalled) {
          meter.begin(recalled.readTokens);
          say({ kind: "recalled", turn, ...recalled });
        },
      },
    );
    await relay(turn, reply, (counts) => meter.measure(counts, open.conversation.contextUsed), say);
  } catch (error) {
    const failure = failureOf(error);
    if (!ENDS_ONLY_THE_TURN.has(failure.name)) throw await causeOf(error, gpu);
    say({ kind: "turn-failed", turn, failure });
  }
}

async function prepare(request: Extract<Request, { kind: "prepare" }>, signal: AbortSignal): Promise<void> {
  if (!engine) return;
  const { gpu, open } = engine;
  const { conversation, path, settings } = request;
  try {
    const recalled = await open.conversation.prepare({ path, ...settings }, signal);
    if (!signal.aborted) say({ kind: "prepared", conversation, ...recalled });
  } catch (error) {
    // What does not fit is said when it is asked for.
    if (!ENDS_ONLY_THE_TURN.has(failureOf(error).name)) throw await causeOf(error, gpu);
  }
}

/** A device that is lost first ends all that waits for it, with errors that do not say so, and only then tells. */
function causeOf(error: unknown, gpu: Gpu): Promise<unknown> {
  return Promise.race([gpu.lost, new Promise((resolve) => setTimeout(resolve, LOST_MS, error))]);
}
