import { useEffect, useState } from "react";
import type { TurnProgress } from "../engine/protocol";
import type { SessionState } from "../state/session-state";
import { useSession } from "./session-context";

/** Figures that change faster cannot be read, and would have the page draw them in each frame. */
const EVERY_MS = 250;

const latest = ({ turns }: SessionState) => turns.findLast(({ progress }) => progress !== null)?.progress ?? null;

/** How far the latest reply has come, looked at four times a second. */
export function useProgress(): TurnProgress | null {
  const { store } = useSession();
  const [progress, setProgress] = useState(() => latest(store.getState()));
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let lookedAt = 0;
    const look = () => {
      timer = undefined;
      lookedAt = performance.now();
      setProgress(latest(store.getState()));
    };
    look();
    const stop = store.subscribe(() => {
      timer ??= setTimeout(look, lookedAt + EVERY_MS - performance.now());
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [store]);
  return progress;
}
