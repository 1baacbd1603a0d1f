import type { Event as EngineEvent } from "../engine/protocol";

/** Something that runs a function before the next picture is drawn. */
export type Schedule = (run: () => void) => void;

type Wrote = Extract<EngineEvent, { kind: "wrote" }>;

/**
 * Passes events on in order, but text at most once for each animation frame: what comes in between is joined. Any other
 * event first brings out the text before it. In a hidden tab, where no frames are drawn, that is once a second: what is written there is kept too.
 */
export function batchByFrame(
  listen: (event: EngineEvent) => void,
  schedule: Schedule = beforeNextFrame,
): (event: EngineEvent) => void {
  let waiting: Wrote | null = null;
  let isScheduled = false;

  const flush = () => {
    const event = waiting;
    waiting = null;
    if (event) listen(event);
  };
  const flushInFrame = () => {
    isScheduled = false;
    flush();
  };

  return (event) => {
    if (event.kind !== "wrote") {
      flush();
      listen(event);
      return;
    }
    if (waiting && waiting.turn !== event.turn) flush();
    waiting = waiting ? joined(waiting, event) : event;
    if (isScheduled) return;
    isScheduled = true;
    schedule(flushInFrame);
  };
}

function joined(first: Wrote, second: Wrote): Wrote {
  return { ...second, reasoning: first.reasoning + second.reasoning, answer: first.answer + second.answer };
}

/** The longest that text waits where nothing is drawn. */
const UNDRAWN_MS = 1_000;

function beforeNextFrame(run: () => void): void {
  const frame = requestAnimationFrame(() => {
    clearTimeout(timer);
    run();
  });
  const timer = setTimeout(() => {
    cancelAnimationFrame(frame);
    run();
  }, UNDRAWN_MS);
}
