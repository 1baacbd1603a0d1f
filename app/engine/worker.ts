import { type Gpu, openGpu } from "@gpu/device";
import type { Conversation } from "@model/generation/conversation";
import { type OpenConversation, openConversation } from "@model/generation/open-conversation";
import { download } from "@model/weights/download";
import { sumBytes } from "@model/weights/format";
import { openModelStore } from "@model/weights/store";
import { storedPieces } from "@model/weights/stored-model";
import { failureOf } from "./failure";
import type { Event, FailureName, ModelFacts, Phase, Request } from "./protocol";
import { TurnMeter } from "./turn-meter";

/** The model that the page brings with it. */
const MODEL = "tiny";
const MODEL_URL = new URL(`${import.meta.env.BASE_URL}models/${MODEL}`, location.origin).href;

const DEFAULT_SEED = 0;
const DEFAULT_MAX_TOKENS = 16_384;

/** Text goes to the page at most this often: once for each frame of a 60 Hz screen. */
const FRAME_MS = 16;

/** How long after a failure the news that the device is lost may come. */
const LOST_MS = 250;

const ENDS_ONLY_THE_TURN: ReadonlySet<FailureName> = new Set<FailureName>(["PromptTooLongError", "EmptyPromptError"]);

let engine: { gpu: Gpu; open: OpenConversation } | undefined;
/** Ends what is running: an opening or a turn. */
let running: AbortController | undefined;

type Bytes = { doneBytes: number; totalBytes: number };
type Question = Extract<Request, { kind: "ask" }>;

const say = (event: Event): void => postMessage(event);
const report = (phase: Phase, bytes: Bytes): void => say({ kind: "progress", phase, ...bytes });
const sayFailed = (error: unknown): void => say({ kind: "failed", failure: failureOf(error) });

addEventListener("message", ({ data }: MessageEvent<Request>) => {
  answer(data).catch(sayFailed);
});

async function answer(request: Request): Promise<void> {
  switch (request.kind) {
    case "open":
      return exclusively(open);
    case "ask":
      return exclusively((signal) => ask(request, signal));
    case "stop":
      return running?.abort();
    case "reset":
      return engine?.open.conversation.reset();
  }
}

/** One thing at a time; the page does not ask for more. */
async function exclusively(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  if (running) return;
  running = new AbortController();
  try {
    await work(running.signal);
  } finally {
    running = undefined;
  }
}

async function open(signal: AbortSignal): Promise<void> {
  close();
  report("checking", { doneBytes: 0, totalBytes: 0 });
  // Before the download: without a graphics adapter it would be for nothing.
  const gpu = await openGpu();
  try {
    const { open, model } = await openModel(gpu, signal);
    engine = { gpu, open };
    say({ kind: "ready", model });
    watch(gpu);
  } catch (error) {
    gpu.device.destroy();
    throw error;
  }
}

/** network → store → GPU. */
async function openModel(gpu: Gpu, signal: AbortSignal): Promise<{ open: OpenConversation; model: ModelFacts }> {
  const store = await openModelStore();
  try {
    const onProgress = (bytes: Bytes) => report("downloading", bytes);
    const { manifest, fetchedBytes } = await download({ baseUrl: MODEL_URL, model: MODEL, store, signal, onProgress });
    const onLoaded = (bytes: Bytes) => report("loading", bytes);
    const read = storedPieces(store, MODEL);
    const open = await openConversation(gpu, manifest, read, { signal, onProgress: onLoaded });
    signal.throwIfAborted();
    const { name, description, parameters, files, chunks } = manifest;
    const model: ModelFacts = {
      name,
      description,
      parameters,
      storedBytes: sumBytes([...files, ...chunks]),
      contextLength: open.conversation.contextLength,
      adapter: gpu.adapter.description,
      isSoftwareAdapter: gpu.adapter.isFallback,
      defaults: { ...open.defaults, seed: DEFAULT_SEED, maxTokens: DEFAULT_MAX_TOKENS },
      fetchedBytes,
    };
    return { open, model };
  } finally {
    store.close();
  }
}

/** A device can go at any time, and WebGPU reports mistakes late and by itself. */
function watch(gpu: Gpu): void {
  gpu.device.addEventListener("uncapturederror", ({ error }) => sayFailed(new Error(error.message)));
  gpu.lost.then((error) => {
    if (engine?.gpu !== gpu) return; // closed by us
    engine = undefined;
    sayFailed(error);
  }, sayFailed);
}

function close(): void {
  const before = engine;
  engine = undefined;
  before?.open.destroy();
  before?.gpu.device.destroy();
}

async function ask(question: Question, signal: AbortSignal): Promise<void> {
  if (!engine) throw new Error("The page asked before the model was open.");
  const { gpu, open } = engine;
  try {
    await reply(open.conversation, question, signal);
  } catch (error) {
    const failure = failureOf(error);
    if (!ENDS_ONLY_THE_TURN.has(failure.name)) throw await causeOf(error, gpu);
    say({ kind: "turn-failed", turn: question.turn, failure });
  }
}

async function reply(conversation: Conversation, { turn, text, settings }: Question, signal: AbortSignal) {
  const meter = new TurnMeter(conversation.promptIds(text).length, conversation.contextLength);
  const { maxTokens, ...sampling } = settings;
  const written = conversation.ask(text, { sampling, maxTokens, signal });
  const unsaid = { reasoning: "", answer: "" };
  let saidAt = 0;
  let progress = meter.measure({ tokens: 0, reasoningTokens: 0 }, conversation.contextUsed);
  for (;;) {
    const { value, done } = await written.next();
    if (!done) {
      unsaid.reasoning += value.reasoning;
      unsaid.answer += value.answer;
      progress = meter.measure(value, conversation.contextUsed);
    }
    if (done || performance.now() - saidAt >= FRAME_MS) {
      say({ kind: "wrote", turn, ...unsaid, progress });
      Object.assign(unsaid, { reasoning: "", answer: "" });
      saidAt = performance.now();
    }
    if (done) return say({ kind: "finished", turn, reason: value, progress });
  }
}

/** A device that is lost first ends all that waits for it, with errors that do not say so, and only then tells. */
function causeOf(error: unknown, gpu: Gpu): Promise<unknown> {
  return Promise.race([gpu.lost, new Promise((resolve) => setTimeout(resolve, LOST_MS, error))]);
}
