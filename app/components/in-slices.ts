import { flushSync } from "react-dom";

/** So much of a frame at most, but for one piece: the browser needs the rest to lay out what was made. */
const MOST_MS = 6;

/** The one asked for last is done first. */
const waiting: (() => void)[] = [];
/** How many places await what they are to be made with. */
let awaited = 0;
let isScheduled = false;
let isBusy = false;
const listeners = new Set<() => void>();

/**
 * Does small pieces of what is to be drawn, before one picture after the other, the one asked for last first.
 *
 * @param piece Changes a component's state. What it draws may ask for the next piece.
 * @returns what takes it back.
 */
export function inSlices(piece: () => void): () => void {
  waiting.push(piece);
  if (!isScheduled) requestAnimationFrame(doSome);
  isScheduled = true;
  tell();
  return () => {
    const index = waiting.indexOf(piece);
    if (index >= 0) waiting.splice(index, 1);
  };
}

/** Pieces are to be asked for as soon as something is there that is on its way. @returns what ends the waiting. */
export function awaitSlices(): () => void {
  awaited++;
  tell();
  return () => {
    awaited--;
    // React ends the waiting first; then what was awaited asks for its pieces, in the same task.
    queueMicrotask(tell);
  };
}

/** Whether pieces are waiting, or awaited. */
export const isSlicing = (): boolean => isBusy;

/** @param changed is called when that has changed. @returns what ends it. */
export function onSlicing(changed: () => void): () => void {
  listeners.add(changed);
  return () => listeners.delete(changed);
}

function doSome(): void {
  const until = performance.now() + MOST_MS;
  const hasSome = waiting.length > 0;
  try {
    do {
      const piece = waiting.pop();
      if (piece) flushSync(piece);
    } while (waiting.length > 0 && performance.now() < until);
  } finally {
    // It is over in the frame after the last piece: what is in sight keeps its place until that has been laid out.
    isScheduled = hasSome;
    if (isScheduled) requestAnimationFrame(doSome);
    tell();
  }
}

function tell(): void {
  const before = isBusy;
  isBusy = isScheduled || awaited > 0;
  if (isBusy !== before) for (const changed of listeners) changed();
}
