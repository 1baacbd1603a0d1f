import type { BenchEvent, BenchFields, BenchRequest, Row } from "./protocol";
import { timeEngine } from "./time-engine";

interface RunOptions {
  /** Hears what is being done and each table as soon as it is there. */
  readonly hear: (event: BenchEvent) => void;
  readonly signal: AbortSignal;
}

/**
 * Runs the suite in a worker of its own, then the page's own worker. The model of random weights that it stores is deleted
 * at the end, whatever the end.
 *
 * @throws Error with what went wrong first; AbortError.
 */
export async function runInWorkers(fields: BenchFields, options: RunOptions): Promise<void> {
  const { hear, signal } = options;
  const [measured] = await Promise.allSettled([measure(fields, options)]);
  hear({ kind: "doing", doing: { step: "cleaning" } });
  const cleaning = asked({ kind: "clean" }, "cleaned", { hear, signal: new AbortController().signal });
  const [cleaned] = await Promise.allSettled([cleaning]);
  const faults = [measured, cleaned].flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
  // Being stopped is no fault: a model that could not be deleted then is.
  if (faults.length > 0) throw faults.find((fault) => fault !== signal.reason) ?? signal.reason;
}

async function measure(fields: BenchFields, options: RunOptions): Promise<void> {
  const { model, contexts } = await asked({ kind: "run", fields }, "stored", options);
  const { hear, signal } = options;
  const rows: Row[] = [];
  try {
    for (const [index, context] of contexts.entries()) {
      hear({ kind: "doing", doing: { step: "writing", context } });
      const row = await timeEngine(model, context, signal);
      const isFirst = contexts.indexOf(context) === index;
      rows.push(isFirst ? row : { ...row, name: `${row.name}, again` });
    }
  } finally {
    if (rows.length > 0) hear({ kind: "table", table: { ...THROUGH_PAGE, rows } });
  }
}

const THROUGH_PAGE = {
  title: "Through the page's own worker",
  note: "Loaded from IndexedDB, then greedy tokens.",
};

type Answer<Kind extends BenchEvent["kind"]> = Extract<BenchEvent, { kind: Kind }>;

/** Sends a request to a fresh worker, passes on what is heard until its answer comes, and ends the worker. */
async function asked<Kind extends BenchEvent["kind"]>(request: BenchRequest, kind: Kind, { hear, signal }: RunOptions) {
  const worker = new Worker(new URL("./bench-worker.ts", import.meta.url), { type: "module" });
  try {
    return await new Promise<Answer<Kind>>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      worker.onerror = ({ message }) => reject(new Error(message || "The bench's script could not be loaded."));
      worker.onmessage = ({ data }: MessageEvent<BenchEvent>) => {
        if (data.kind === "failed") reject(new Error(data.message));
        else if (data.kind === kind) resolve(data as Answer<Kind>);
        else hear(data);
      };
      worker.postMessage(request);
    });
  } finally {
    worker.terminate();
  }
}
