import type { CDPSession, Page } from "playwright/test";
import { type FrameCosts, frameCosts, type TraceEvent } from "./frame-costs";

const CATEGORIES = ["__metadata", "devtools.timeline", "disabled-by-default-devtools.timeline", "blink"];

/** Chromium's trace of a page's main thread, in the thread's CPU time: other programs on the machine do not count. */
export class MainThreadTrace {
  readonly #session: CDPSession;
  #events: TraceEvent[] = [];

  private constructor(session: CDPSession) {
    this.#session = session;
    session.on("Tracing.dataCollected", ({ value }) => this.#events.push(...(value as unknown as TraceEvent[])));
  }

  static async of(page: Page): Promise<MainThreadTrace> {
    return new MainThreadTrace(await page.context().newCDPSession(page));
  }

  /** What the frames cost that are drawn while this runs. */
  async during(work: () => Promise<void>): Promise<FrameCosts> {
    this.#events = [];
    await this.#session.send("Tracing.start", {
      transferMode: "ReportEvents",
      traceConfig: { recordMode: "recordAsMuchAsPossible", includedCategories: CATEGORIES },
    });
    await work();
    const complete = new Promise((resolve) => this.#session.once("Tracing.tracingComplete", resolve));
    await this.#session.send("Tracing.end");
    await complete;
    return frameCosts(this.#events);
  }

  /** What the page holds after a garbage collection. */
  async held(): Promise<{ heapMB: number; nodes: number }> {
    await this.#session.send("HeapProfiler.collectGarbage");
    const { usedSize } = await this.#session.send("Runtime.getHeapUsage");
    const { nodes } = await this.#session.send("Memory.getDOMCounters");
    return { heapMB: usedSize / 1e6, nodes };
  }
}
