import type { Event as EngineEvent, Request } from "../engine/protocol";
import { STANDARD_CONTEXT } from "../state/choices";
import type { Row } from "./protocol";

const TOKENS = 512;
/** A software adapter writes a few a second. */
const SOFTWARE_TOKENS = 16;

/**
 * Opens a stored model in the page's own worker, as a person would, and has it write after `context` tokens that count
 * as read. Times are those at which the page heard of things.
 *
 * @throws Error with the engine's message; AbortError.
 */
export async function timeEngine(model: string, context: number, signal: AbortSignal): Promise<Row> {
  const worker = new Worker(new URL("../engine/worker.ts", import.meta.url), { type: "module" });
  const { log, heard } = listen(worker, signal);
  const send = (request: Request) => worker.postMessage(request);
  try {
    const opened = performance.now();
    // The usual length, unless there would be no room for the question, which is short, and for what is written.
    const contextLength = Math.max(STANDARD_CONTEXT, context + 2 * TOKENS);
    send({ kind: "open", model, startAt: context, contextLength });
    const { defaults, isSoftwareAdapter } = await heard((event) => (event.kind === "ready" ? event.model : undefined));
    const ready = performance.now();
    const maxTokens = isSoftwareAdapter ? SOFTWARE_TOKENS : TOKENS;
    const settings = { ...defaults, temperature: 0, maxTokens };
    send({ kind: "ask", turn: "1", conversation: "bench", path: [], text: "1 + 1", settings });
    const { tokens, tokensPerSecond } = await heard((event) =>
      event.kind === "finished" ? event.progress : undefined,
    );
    const { first, last, firstTokenAt } = log;
    const figures = {
      "ms to loaded": last.at - opened,
      // The first report comes after the first chunk.
      "GB/s": (last.bytes - first.bytes) / (last.at - first.at) / 1e6,
      "ms to ready": ready - opened,
      "ms from question to token": firstTokenAt - ready,
      "tokens/s": tokensPerSecond,
      tokens,
    };
    const known = Object.entries(figures).filter(([, value]) => Number.isFinite(value) && value > 0);
    return { name: `at ${context}`, figures: Object.fromEntries(known) };
  } finally {
    worker.terminate();
  }
}

/** Notes when things were heard, and waits for the event in which `find` finds something. */
function listen(worker: Worker, signal: AbortSignal) {
  const never = { at: Number.NaN, bytes: Number.NaN };
  const log = { first: never, last: never, firstTokenAt: Number.NaN };
  const note = (event: EngineEvent) => {
    const at = performance.now();
    if (event.kind === "wrote" && event.progress.tokens > 0 && Number.isNaN(log.firstTokenAt)) log.firstTokenAt = at;
    if (event.kind !== "progress" || event.phase !== "loading") return;
    log.last = { at, bytes: event.doneBytes };
    if (log.first === never) log.first = log.last;
  };
  const heard = <T>(find: (event: EngineEvent) => T | undefined): Promise<T> =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      worker.onerror = ({ message }) => reject(new Error(message || "The engine's script could not be loaded."));
      worker.onmessage = ({ data }: MessageEvent<EngineEvent>) => {
        note(data);
        const value = find(data);
        if (value !== undefined) resolve(value);
        else if (data.kind === "failed" || data.kind === "turn-failed") reject(new Error(data.failure.message));
      };
    });
  return { log, heard };
}
