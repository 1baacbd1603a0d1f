import type { Meter } from "@gpu/measure";
import { floorMs, prefillCost } from "../cost";
import { openSession } from "../generation/open-session";
import { GREEDY } from "../generation/sampling";
import type { Session } from "../generation/session";
import type { ModelUnderTest } from "./bench-decode";
import { type BenchRow, figures } from "./report";

/** A prompt read from nothing, and the first token after it, once everything is compiled. */
export async function benchPrefill(meter: Meter, model: ModelUnderTest, tokens: number): Promise<BenchRow> {
  const { config, weights, peak, bytes, fullCache } = model;
  const ids = Array.from({ length: tokens }, (_, i) => (7 * i * i + 3 * i + 11) % config.vocabSize);
  bytes.reset();
  const options = { contextLength: tokens + 2, initialCapacity: tokens + 2, fullCache };
  const session = await openSession(meter.gpu, config, weights, options);
  session.runner.setSampling(GREEDY, []);
  try {
    await readPrompt(meter, session, ids.slice(0, 1)); // compiles
    session.reset();
    const { readMs, firstTokenMs } = await readPrompt(meter, session, ids);
    const cost = prefillCost(config, tokens, session.runner.chunk);
    const least = floorMs(cost, peak);
    return {
      name: `prompt of ${tokens}`,
      figures: figures({
        "tokens/s": (1000 * tokens) / readMs,
        "ms to read": readMs,
        "ms to first token": firstTokenMs,
        "floor ms": least,
        "% of floor": (100 * least) / readMs,
        "least GFLOP": cost.operations / 1e9,
        "GPU memory MB": bytes.peak / 1e6,
      }),
    };
  } finally {
    session.destroy();
  }
}

async function readPrompt({ now }: Meter, session: Session, ids: readonly number[]) {
  const { runner } = session;
  await runner.idle();
  const begun = now();
  await session.read(ids);
  await runner.idle();
  const read = now();
  await runner.drawFirst(ids.length - 1);
  return { readMs: read - begun, firstTokenMs: now() - begun };
}
