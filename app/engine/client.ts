import type { Event as EngineEvent, FailureName, Request } from "./protocol";

/** The page's end of the worker boundary. */
export interface Engine {
  /** Sends a request. Without a living worker only "open" does something: it starts a fresh one. */
  send(request: Request): void;
}

/** Failures after which nothing in a worker is worth keeping: what it was about to do is best ended with it. */
const ENDING: ReadonlySet<FailureName> = new Set<FailureName>(["UnexpectedError", "DeviceLostError"]);

/** What the client needs of a Worker; a test puts its own in place. */
export type EngineWorker = Pick<Worker, "postMessage" | "terminate" | "onmessage" | "onmessageerror" | "onerror">;

/**
 * Connects to an engine in a Worker of its own. The worker starts with the first "open". When it crashes, or says that
 * something unexpected has happened or that its device is lost, it is ended, `listen` hears "failed", and the next
 * "open" starts a fresh one.
 *
 * @param listen Hears every event of the living worker, in order, and none of an ended one.
 */
export function connectEngine(
  listen: (event: EngineEvent) => void,
  startWorker: () => EngineWorker = startEngineWorker,
): Engine {
  let worker: EngineWorker | undefined;

  const end = () => {
    if (!worker) return;
    worker.onmessage = worker.onmessageerror = worker.onerror = null;
    worker.terminate();
    worker = undefined;
  };
  const crash = (message: string, detail?: string) => {
    end();
    listen({
      kind: "failed",
      failure: { name: "UnexpectedError", message, canRetry: true, ...(detail && { detail }) },
    });
  };
  const start = () => {
    const started = startWorker();
    started.onmessage = ({ data }: MessageEvent<EngineEvent>) => {
      if (data.kind === "failed" && ENDING.has(data.failure.name)) end();
      listen(data);
    };
    started.onerror = (event) => crash("The engine stopped working unexpectedly.", describe(event));
    started.onmessageerror = () => crash("A message from the engine could not be read.");
    return started;
  };

  return {
    send(request) {
      if (request.kind === "open") worker ??= start();
      worker?.postMessage(request);
    },
  };
}

/** This form, as it stands, is what Vite recognises and builds the worker from. */
function startEngineWorker(): Worker {
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "longhand-engine" });
}

/** A worker whose script did not load reports an event without a message. */
function describe({ message, filename, lineno }: ErrorEvent): string {
  return message ? `${message} (${filename}:${lineno})` : "The engine's script could not be loaded.";
}
