import type { CDPSession, Page } from "playwright/test";

/** The most that was seen, in bytes. */
export interface HeapPeak {
  /** Objects, which a garbage collector finds. */
  objects: number;
  /** Array buffers, garbage that is not yet collected among them. */
  buffers: number;
  /** Of both at the same moment. */
  together: number;
}

/** By "page", or a worker's script without its hash. */
export type HeapPeaks = Record<string, HeapPeak>;

const EVERY_MS = 250;

interface HeapUsage {
  readonly usedSize: number;
  readonly backingStorageSize: number;
}

/**
 * Samples the heaps of a page and of its workers, over a reload too, by Chromium's own protocol: a busy worker answers
 * it between two of its steps.
 */
export class HeapWatch {
  #peaks: HeapPeaks = {};
  readonly #session: CDPSession;
  readonly #workers = new Map<string, string>();
  readonly #timer: NodeJS.Timeout;

  private constructor(session: CDPSession) {
    this.#session = session;
    session.on("Target.attachedToTarget", ({ sessionId, targetInfo }) => {
      if (targetInfo.type === "worker") this.#workers.set(sessionId, nameOf(targetInfo.url));
    });
    session.on("Target.detachedFromTarget", ({ sessionId }) => this.#workers.delete(sessionId));
    session.on("Target.receivedMessageFromTarget", ({ sessionId, message }) => {
      const { result } = JSON.parse(message) as { result?: HeapUsage };
      const name = this.#workers.get(sessionId);
      if (name && result) this.#count(name, result);
    });
    this.#timer = setInterval(() => this.#sample(), EVERY_MS);
  }

  static async of(page: Page): Promise<HeapWatch> {
    const session = await page.context().newCDPSession(page);
    const watch = new HeapWatch(session);
    await session.send("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
    return watch;
  }

  /** The peaks since the last call. */
  take(): HeapPeaks {
    const peaks = this.#peaks;
    this.#peaks = {};
    return peaks;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    const ask = { id: 1, method: "Runtime.getHeapUsage" };
    // A worker may have ended, and a page that is being reloaded has no heap.
    const gone = () => {};
    for (const sessionId of this.#workers.keys())
      this.#session.send("Target.sendMessageToTarget", { sessionId, message: JSON.stringify(ask) }).catch(gone);
    this.#session
      .send("Runtime.getHeapUsage")
      .then((usage) => this.#count("page", usage as HeapUsage))
      .catch(gone);
  }

  #count(name: string, { usedSize, backingStorageSize }: HeapUsage): void {
    const before = this.#peaks[name] ?? { objects: 0, buffers: 0, together: 0 };
    this.#peaks[name] = {
      objects: Math.max(before.objects, usedSize),
      buffers: Math.max(before.buffers, backingStorageSize),
      together: Math.max(before.together, usedSize + backingStorageSize),
    };
  }
}

/** ".../assets/library-worker-DGsT92_k.js" → "library-worker". */
const nameOf = (url: string): string =>
  url
    .split("/")
    .at(-1)
    ?.replace(/-[\w-]{8}[.]js$/, "") ?? url;
