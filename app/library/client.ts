import type { LibraryEvent, LibraryRequest } from "./protocol";

/** The page's end of the boundary to the worker that keeps the stored models. */
export interface Library {
  send(request: LibraryRequest): void;
}

/** What the client needs of a Worker; a test puts its own in place. */
export type LibraryWorker = Pick<Worker, "postMessage" | "terminate" | "onmessage" | "onerror">;

/**
 * Connects to the stored models in a Worker of their own: quantizing and verifying would hold up the one that writes
 * replies. It starts with the first request; when it crashes, `listen` hears so, and the next request starts a fresh one.
 */
export function connectLibrary(
  listen: (event: LibraryEvent) => void,
  startWorker: () => LibraryWorker = startLibraryWorker,
): Library {
  let worker: LibraryWorker | undefined;

  const start = (): LibraryWorker => {
    const started = startWorker();
    started.onmessage = ({ data }: MessageEvent<LibraryEvent>) => listen(data);
    started.onerror = ({ message, filename, lineno }) => {
      started.terminate();
      worker = undefined;
      const detail = message ? `${message} (${filename}:${lineno})` : "The script could not be loaded.";
      const sentence =
        "What looks after the stored models stopped working unexpectedly. Try again; nothing stored is lost.";
      const failure = { name: "UnexpectedError", message: sentence, canRetry: true, detail } as const;
      listen({ kind: "faulted", model: "", failure });
    };
    return started;
  };

  return {
    send(request) {
      worker ??= start();
      worker.postMessage(request);
    },
  };
}

/** This form, as it stands, is what Vite recognises and builds the worker from. */
function startLibraryWorker(): Worker {
  return new Worker(new URL("./library-worker.ts", import.meta.url), { type: "module", name: "longhand-library" });
}
