import { flushSync } from "react-dom";

/** So much of a frame at most, but for one piece: the browser needs the rest to lay out what was made. */
const MOST_MS = 6;

/** The one asked for last is done first. */
const waiting: (() => void)[] = [];
const listeners = new Set<() => void>();
let isBusy = false;

/**
 * Does small pieces of what is to be drawn, before one picture after the other, the one asked for last first.
 *
 * @param piece Changes a component's state. What it draws may ask for the next piece.
 * @returns what takes it back.
 */
export function inSlices(piece: () => void): () => void {
  waiting.push(piece);
  if (!isBusy) {
    tell(true);
    requestAnimationFrame(doSome);
  }
  return () => {
    const index = waiting.indexOf(piece);
    if (index >= 0) waiting.splice(index, 1);
  };
}

/** Whether pieces are waiting. */
export const isSlicing = (): boolean => isBusy;

/** @returns what ends it. */
export function onSlicing(changed: () => void): () => void {
  listeners.add(changed);
  return () => listeners.delete(changed);
}

function doSome(): void {
  const until = performance.now() + MOST_MS;
  try {
    do {
      const piece = waiting.pop();
      if (piece) flushSync(piece);
    } while (waiting.length > 0 && performance.now() < until);
  } finally {
    if (waiting.length > 0) requestAnimationFrame(doSome);
    else tell(false);
  }
}

function tell(value: boolean): void {
  isBusy = value;
  for (const changed of listeners) changed();
}
