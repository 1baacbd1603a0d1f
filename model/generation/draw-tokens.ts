import type { Pace } from "./pace";
import type { Report } from "./read-back";
import type { Runner } from "./runner";

/** What one submit drew, and whether the model has ended its turn. */
export interface Draw {
  readonly done: boolean;
  readonly ids: number[];
}

interface Draws {
  /** The first token, which is on its way. */
  readonly first: Promise<Report>;
  /** Its position. */
  readonly begin: number;
  /** Most tokens to draw. */
  readonly budget: number;
  /** Tokens of the reply that were drawn before. */
  readonly drawn: number;
  readonly pace: Pace;
  readonly signal: AbortSignal | undefined;
}

/** One submit running and one waiting keep the GPU busy; more would only make Stop later. */
const SUBMITS_IN_FLIGHT = 2;

/**
 * Keeps submits in flight until enough tokens are drawn or the signal says stop; hands out what they drew.
 *
 * @param settle Hears every report, with the tokens drawn before it: also those that come when the caller has left.
 */
export async function* drawTokens(
  runner: Runner,
  { first, begin, budget, drawn, pace, signal }: Draws,
  settle: (report: Report, before: number) => Draw,
): AsyncGenerator<Draw, void> {
  const inFlight: Promise<Report>[] = [first];
  let scheduled = 1;
  let before = drawn;
  const take = (report: Report): Draw => {
    const draw = settle(report, before);
    before = report.drawn;
    return draw;
  };
  try {
    for (let report = inFlight[0]; report; report = inFlight[0]) {
      while (!signal?.aborted && inFlight.length < SUBMITS_IN_FLIGHT && scheduled < budget) {
        const count = Math.min(pace.tokensPerSubmit, budget - scheduled);
        // The last of them is drawn, but not read.
        await runner.makeRoom(begin + scheduled + count - 1);
        scheduled += count;
        inFlight.push(runner.drawNext(count));
      }
      const draw = take(await report);
      void inFlight.shift();
      yield draw;
    }
  } finally {
    // Submits still running change nothing after a stop token; if the caller left early they are part of the sequence.
    for (const report of await Promise.allSettled(inFlight)) {
      if (report.status === "fulfilled") take(report.value);
    }
  }
}
