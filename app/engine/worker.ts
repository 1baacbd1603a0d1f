import { type Gpu, openGpu } from "@gpu/device";
import { type OpenConversation, openConversation } from "@model/generation/open-conversation";
import { download } from "@model/weights/download";
import { sumBytes } from "@model/weights/format";
import { openModelStore } from "@model/weights/store";
import { storedPieces } from "@model/weights/stored-model";
import { failureOf } from "./failure";
import type { Event, Phase, Request } from "./protocol";
import { TurnMeter } from "./turn-meter";

/** The model that the page brings with it. */
const MODEL = "tiny";
const MODEL_URL = new URL(`${import.meta.env.BASE_URL}models/${MODEL}`, location.origin).href;

const DEFAULT_SEED = 0;
const DEFAULT_MAX_TOKENS = 16_384;

/** Text goes to the page at most this often: once for each frame of a 60 Hz screen. */
const FRAME_MS = 16;

let engine: { gpu: Gpu; open: OpenConversation } | undefined;
/** Ends what is running: an opening or a turn. */
let running: AbortController | undefined;

const say = (event: Event): void => postMessage(event);
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
  const report = (phase: Phase) => (bytes: { doneBytes: number; totalBytes: number }) =>
    say({ kind: "progress", phase, ...bytes });
  report("checking")({ doneBytes: 0, totalBytes: 0 });
  // Before the download: without a graphics adapter it would be for nothing.
  const gpu = await openGpu();
  const store = await openModelStore();
  try {
    const onProgress = report("downloading");
    const { manifest, fetchedBytes } = await download({ baseUrl: MODEL_URL, model: MODEL, store, signal, onProgress });
    const read = storedPieces(store, MODEL);
    const opened = await openConversation(gpu, manifest, read, { signal, onProgress: report("loading") });
    engine = { gpu, open: opened };
    const { description, isFallback } = gpu.adapter;
    say({
      kind: "ready",
      model: {
        name: manifest.name,
        description: manifest.description,
        parameters: manifest.parameters,
        storedBytes: sumBytes([...manifest.files, ...manifest.chunks]),
        contextLength: opened.conversation.contextLength,
        adapter: description,
        isSoftwareAdapter: isFallback,
        defaults: { ...opened.defaults, seed: DEFAULT_SEED, maxTokens: DEFAULT_MAX_TOKENS },
        fetchedBytes,
      },
    });
    watch(gpu);
  } catch (error) {
    gpu.device.destroy();
    throw error;
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

async function ask({ turn, text, settings }: Extract<Request, { kind: "ask" }>, signal: AbortSignal): Promise<void> {
  if (!engine) throw new Error("The page asked before the model was open.");
  const { conversation } = engine.open;
  try {
    const meter = new TurnMeter(conversation.promptIds(text).length, conversation.contextLength);
    const { maxTokens, ...sampling } = settings;
    const reply = conversation.ask(text, { sampling, maxTokens, signal });
    const unsaid = { reasoning: "", answer: "" };
    let saidAt = 0;
    let progress = meter.measure({ tokens: 0, reasoningTokens: 0 }, conversation.contextUsed);
    for (;;) {
      const { value, done } = await reply.next();
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
  } catch (error) {
    const failure = failureOf(error);
    // What went wrong on the device is told by the device (watch); the turn ends either way.
    if (failure.name === "UnexpectedError") throw error;
    say({ kind: "turn-failed", turn, failure });
  }
}
