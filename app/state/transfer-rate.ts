/** How fast something comes in, over the last half minute. */
export interface TransferRate {
  /** Oldest first. */
  readonly samples: readonly Sample[];
  /** 0 while it is not known. */
  readonly bytesPerSecond: number;
}

interface Sample {
  readonly atMs: number;
  readonly doneBytes: number;
}

/** Long enough that neither one slow request shows nor that weights are quantized in spurts, short enough that a new network does. */
const WINDOW_MS = 30_000;
/** A shorter time says nothing about the speed. */
const LEAST_MS = 1_000;

export const NO_RATE: TransferRate = { samples: [], bytesPerSecond: 0 };

/** The rate after one more observation. What was there before the first one does not count as speed. */
export function rateAfter({ samples, bytesPerSecond }: TransferRate, atMs: number, doneBytes: number): TransferRate {
  const recent = [...samples.filter((sample) => atMs - sample.atMs <= WINDOW_MS), { atMs, doneBytes }];
  const first = recent[0] ?? { atMs, doneBytes };
  const elapsedMs = atMs - first.atMs;
  if (elapsedMs < LEAST_MS) return { samples: recent, bytesPerSecond };
  return { samples: recent, bytesPerSecond: Math.max(0, ((doneBytes - first.doneBytes) / elapsedMs) * 1000) };
}

/** Milliseconds until the rest is there; undefined while the speed is not known. */
export function timeLeftMs({ bytesPerSecond }: TransferRate, restBytes: number): number | undefined {
  return bytesPerSecond > 0 ? (restBytes / bytesPerSecond) * 1000 : undefined;
}
