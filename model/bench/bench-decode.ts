import { type Meter, median, medianMs } from "@gpu/measure";
import type { Peak } from "@gpu/peak";
import { checked, encode, type Recording } from "@gpu/recording";
import type { ModelConfig } from "../config";
import { decodeCost, floorMs } from "../cost";
import { openSession } from "../generation/open-session";
import { GREEDY } from "../generation/sampling";
import type { Session } from "../generation/session";
import type { ByteCount } from "../oracle/count-bytes";
import type { CacheFormat } from "../state/kv-cache";
import type { Weights } from "../weights/weights";
import { type BenchRow, figures } from "./report";

export interface ModelUnderTest {
  readonly config: ModelConfig;
  readonly weights: Weights;
  readonly peak: Peak;
  /** Of the device's buffers. */
  readonly bytes: ByteCount;
  readonly fullCache: CacheFormat;
}

const TOKENS_PER_SUBMIT = [1, 4, 8];
const MOST_TOKENS = 1024;
const ENOUGH_MS = 500;
const CPU_TOKENS = 8;
const CPU_SAMPLES = 5;
/** What a page's cache begins with; it doubles. */
const LEAST_CAPACITY = 2048;

/** Whole tokens through the decode loop as the page runs it, greedily, after `position` tokens that were never read. */
export async function benchDecode(meter: Meter, model: ModelUnderTest, position: number): Promise<BenchRow[]> {
  const { config, peak, bytes, fullCache } = model;
  const rows: BenchRow[] = [];
  for (const tokensPerSubmit of TOKENS_PER_SUBMIT) {
    bytes.reset();
    const session = await openAt(meter, model, position, tokensPerSubmit);
    const { tokens, ms } = await decodeFor(meter, session, tokensPerSubmit);
    session.destroy();
    // Half of the tokens that were timed read more than this, half less.
    const least = floorMs(decodeCost(config, position + tokens / 2, fullCache), peak);
    rows.push({
      name: `at ${position}, ${tokensPerSubmit} per submit`,
      figures: figures({
        "tokens/s": (1000 * tokens) / ms,
        "ms per token": ms / tokens,
        "floor ms": least,
        "% of floor": (100 * least * tokens) / ms,
        "tokens timed": tokens,
        "GPU memory MB": bytes.peak / 1e6,
      }),
    });
  }
  return rows;
}

/** One token's recording by itself: what the CPU does for it and what the GPU does. */
export async function benchToken(meter: Meter, model: ModelUnderTest, position: number): Promise<BenchRow> {
  const { config, peak, fullCache } = model;
  const { gpu } = meter;
  const session = await openAt(meter, model, position, 1);
  const { runner } = session;
  runner.setSampling(GREEDY, []);
  const recording = runner.recordings.nextToken;
  const gpuMs = await medianMs(meter, recording, { before: () => runner.drawFirst(position - 1) });
  const cpu = await checked(gpu, "encoding", async () => {
    await runner.drawFirst(position - 1);
    return cpuMs(meter, recording);
  });
  session.destroy();
  const cost = decodeCost(config, position, fullCache);
  const least = floorMs(cost, peak);
  return {
    name: `at ${position}`,
    figures: figures({
      dispatches: recording.length,
      "CPU encode ms": cpu.encode,
      "CPU submit ms": cpu.submit,
      "GPU ms": gpuMs,
      "floor ms": least,
      "% of floor": (100 * least) / gpuMs,
      "least MB": cost.bytes / 1e6,
      "least MFLOP": cost.operations / 1e6,
    }),
  };
}

/** The dispatches of one token in running order. */
export async function tokenLabels(meter: Meter, model: ModelUnderTest): Promise<string[]> {
  const session = await openAt(meter, model, 1, 1);
  const labels = session.runner.recordings.nextToken.map(({ label }) => label);
  session.destroy();
  return labels;
}

/** Milliseconds per token of encoding a token's dispatches, and of submitting them, over eight tokens in a submit. */
async function cpuMs(meter: Meter, recording: Recording): Promise<{ encode: number; submit: number }> {
  const samples: Awaited<ReturnType<typeof cpuSample>>[] = [];
  for (let sample = 0; sample < CPU_SAMPLES; sample++) samples.push(await cpuSample(meter, recording, CPU_TOKENS));
  return {
    encode: median(samples.map(({ encode }) => encode)) / CPU_TOKENS,
    submit: median(samples.map(({ submit }) => submit)) / CPU_TOKENS,
  };
}

async function cpuSample({ gpu, now }: Meter, recording: Recording, tokens: number) {
  const { queue } = gpu.device;
  const begun = now();
  const encoder = gpu.device.createCommandEncoder({ label: "measured" });
  const pass = encoder.beginComputePass({ label: "measured" });
  for (let token = 0; token < tokens; token++) encode(pass, recording, 1);
  pass.end();
  const commands = encoder.finish();
  const encoded = now();
  queue.submit([commands]);
  const submitted = now();
  await queue.onSubmittedWorkDone();
  return { encode: encoded - begun, submit: submitted - encoded };
}

/** A session that takes `position` tokens as read, with the cache that a page would have by then. */
export function openAt(
  { gpu }: Meter,
  { config, weights, fullCache }: ModelUnderTest,
  position: number,
  tokensPerSubmit: number,
): Promise<Session> {
  const contextLength = position + 2 * MOST_TOKENS;
  const initialCapacity = Math.max(LEAST_CAPACITY, 2 ** Math.ceil(Math.log2(position + MOST_TOKENS)));
  const startAt = position - 1;
  return openSession(gpu, config, weights, { contextLength, initialCapacity, tokensPerSubmit, startAt, fullCache });
}

async function decodeFor({ now }: Meter, session: Session, tokensPerSubmit: number) {
  const turn = { ids: [1], sampling: GREEDY, stopIds: [], maxTokens: MOST_TOKENS };
  let reports = 0;
  let begun = 0;
  let tokens = 0;
  let ms = 0;
  for await (const ids of session.generate(turn)) {
    reports++;
    // The clock starts once the prompt and two full submits are through.
    if (reports < 3) continue;
    if (reports === 3) begun = now();
    else tokens += ids.length;
    ms = now() - begun;
    if (ms >= ENOUGH_MS && tokens >= 2 * tokensPerSubmit) break;
  }
  return { tokens, ms };
}
