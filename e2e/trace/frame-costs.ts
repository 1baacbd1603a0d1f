/** One event of Chromium's trace format. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Of a "complete" event: when it began, how long it took, and how much of that its thread was running, in µs. */
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

/** Over all frames, in ms of CPU time. */
interface Spread {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** What the main thread did for each frame that it drew: between the end of the frame before and its own end. */
export interface FrameCosts {
  readonly frames: number;
  readonly script: Spread;
  /** Style and layout. */
  readonly layout: Spread;
  /** Pre-paint, paint, layers and the commit to the compositor. */
  readonly paint: Spread;
  /** These three and all else that the thread did. */
  readonly all: Spread;
  /** The longest task, in ms of CPU time. */
  readonly longestTask: number;
}

const FRAME = "WebFrameWidgetImpl::BeginMainFrame";

const KINDS = {
  script:
    /^(FunctionCall|EvaluateScript|FireAnimationFrame|RunMicrotasks|EventDispatch|TimerFire|HandlePostMessage|v8[.].*|V8[.].*|(Minor|Major)GC.*)$/,
  layout: /^(UpdateLayoutTree|Layout|IntersectionObserverController::.*)$/,
  paint: /^(PrePaint|Paint|Layerize|UpdateLayer|Commit)$/,
} as const;

type Kind = keyof typeof KINDS;

/** The costs of each frame in a trace with the categories of `MainThreadTrace`. */
export function frameCosts(events: readonly TraceEvent[]): FrameCosts {
  const main = events.find(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain");
  const complete = events
    .filter(({ ph, pid, tid, tdur }) => ph === "X" && pid === main?.pid && tid === main.tid && tdur !== undefined)
    .sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0));
  const frames: Record<Kind | "all", number>[] = [];
  let frame = { script: 0, layout: 0, paint: 0, all: 0 };
  /** Events that the next one may lie in, outermost first. */
  const around: { end: number; name: string; kind: Kind | undefined }[] = [];
  const leave = (now: number) => {
    for (let last = around.at(-1); last && last.end <= now; last = around.at(-1)) {
      around.pop();
      if (last.name !== FRAME) continue;
      frames.push(frame);
      frame = { script: 0, layout: 0, paint: 0, all: 0 };
    }
  };
  for (const { name, ts, dur = 0, tdur = 0 } of complete) {
    leave(ts);
    const outer = around.at(-1);
    const ms = tdur / 1000;
    const kind = kindOf(name) ?? outer?.kind;
    if (!outer) frame.all += ms;
    // Layout that a script asks for is layout.
    if (kind !== outer?.kind) {
      if (kind) frame[kind] += ms;
      if (outer?.kind) frame[outer.kind] -= ms;
    }
    around.push({ end: ts + dur, name, kind });
  }
  leave(Number.POSITIVE_INFINITY);
  const spread = (kind: Kind | "all") => spreadOf(frames.map((costs) => costs[kind]));
  return {
    frames: frames.length,
    script: spread("script"),
    layout: spread("layout"),
    paint: spread("paint"),
    all: spread("all"),
    longestTask: Math.max(...complete.map(({ name, tdur = 0 }) => (name === "RunTask" ? tdur / 1000 : 0))),
  };
}

const kindOf = (name: string): Kind | undefined =>
  (Object.keys(KINDS) as Kind[]).find((kind) => KINDS[kind].test(name));

function spreadOf(values: number[]): Spread {
  const sorted = values.sort((a, b) => a - b);
  const at = (share: number) => Number((sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN).toFixed(2));
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}
