import { type Meter, median, medianMs } from "@gpu/measure";
import { profile } from "@gpu/profile";
import { checked, type Recording } from "@gpu/recording";
import { GREEDY } from "../generation/sampling";
import { type ModelUnderTest, openAt } from "./bench-decode";
import { kernelCost, type Run } from "./kernel-cost";
import { groupKernels, type KernelGroup } from "./kernel-groups";
import { modelParts, type PartDispatches } from "./model-parts";
import { type BenchRow, type BenchTable, figures } from "./report";

const PROFILE_RUNS = 5;
/** A whole chunk takes a software adapter seconds. */
const SOFTWARE_CHUNK = 16;
/** Time of the bytes on a small device; the share of a token that a submit may take there follows from it. */
const SMALL_DEVICE_BYTES_PER_MS = 1e8;

/** A recording, what puts it back before each sample, and what it costs. */
interface Subject {
  readonly recording: Recording;
  readonly run: Run;
  readonly before: () => unknown;
}

/** Each kind of dispatch of one token at a position, and each part of the model. */
export async function benchTokenKernels(meter: Meter, model: ModelUnderTest, position: number): Promise<BenchTable[]> {
  const session = await openAt(meter, model, position, 1);
  const { runner } = session;
  runner.setSampling(GREEDY, []);
  const before = () => runner.drawFirst(position - 1);
  const recording = runner.recordings.nextToken;
  const { rows, parts } = await benchKernels(meter, model, { recording, run: { position, tokens: 1 }, before });
  session.destroy();
  return [
    { title: `Kernels of a token at ${position}`, note: NOTE, rows },
    { title: `Parts of a token at ${position}`, note: PARTS_NOTE, rows: parts },
  ];
}

/** The same of a prompt's first chunk. */
export async function benchChunkKernels(meter: Meter, model: ModelUnderTest): Promise<BenchTable[]> {
  const session = await openAt(meter, model, 1, 1);
  const { runner } = session;
  const tokens = meter.gpu.adapter.isFallback ? SOFTWARE_CHUNK : runner.chunk;
  const recording = runner.recordings.prefill;
  await runner.makeRoom(tokens);
  runner.read(Array(tokens).fill(1), 0);
  // The step that this has written stays: only a sampler moves it.
  const before = () => undefined;
  const { rows, parts } = await benchKernels(meter, model, { recording, run: { position: 0, tokens }, before });
  session.destroy();
  return [
    { title: `Kernels of a prompt's first ${tokens} tokens`, note: NOTE, rows },
    { title: `Parts of a prompt's first ${tokens} tokens`, note: PARTS_NOTE, rows: parts },
  ];
}

const NOTE = [
  "ms: what the whole run takes longer with them than without, in its own order and with its own caches; on a software",
  "adapter the sum of each alone. µs alone: one dispatch in a pass of its own, with what a pass costs (some µs).",
  "MB: each byte once. least: of that, weights and state.",
].join("\n");

const PARTS_NOTE = [
  "ms: what the whole run takes longer with all dispatches of a part than without; on a software adapter the sum of each",
  "dispatch alone. A layer's kind counts without its MLP, which is a part of its own; a LayerNorm belongs to what follows it.",
].join("\n");

async function benchKernels(meter: Meter, { config, peak }: ModelUnderTest, subject: Subject) {
  const { recording, run } = subject;
  const labels = recording.map(({ label }) => label);
  const wholeMs = await medianMs(meter, recording, { tokens: run.tokens, before: subject.before });
  const alone = await profiled(meter, subject);
  const msOf = msWithout(meter, subject, wholeMs, alone);
  const rows: BenchRow[] = [];
  const total = { bytes: 0, leastBytes: 0, operations: 0, ms: 0 };
  for (const group of groupKernels(labels, config)) {
    const own = aloneMs(alone, group);
    const ms = await msOf(group.indices);
    const cost = groupCost(kernelCost(config, run, group), group);
    total.ms += ms;
    if (cost) {
      total.bytes += cost.bytes;
      total.leastBytes += cost.leastBytes;
      total.operations += cost.operations;
    }
    rows.push(rowOf(group.name, group.indices.length, ms, own, cost, peak));
  }
  rows.push(rowOf("sum of these", recording.length, total.ms, undefined, total, peak));
  rows.push(rowOf("whole", recording.length, wholeMs, undefined, total, peak));
  return { rows, parts: await benchParts(modelParts(labels, config), msOf, wholeMs) };
}

/** Milliseconds of some dispatches within the whole. */
type MsOf = (indices: readonly number[]) => Promise<number>;

function msWithout(meter: Meter, { recording, run, before }: Subject, wholeMs: number, alone: readonly number[]): MsOf {
  return async (indices) => {
    // A software adapter's times vary too much for a difference, and a pass costs nothing there.
    if (meter.gpu.adapter.isFallback) return indices.reduce((sum, index) => sum + (alone[index] ?? Number.NaN), 0);
    const rest = recording.filter((_, index) => !indices.includes(index));
    return wholeMs - (await medianMs(meter, rest, { tokens: run.tokens, before }));
  };
}

async function benchParts(parts: readonly PartDispatches[], msOf: MsOf, wholeMs: number): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  let sum = 0;
  for (const { part, layers, indices } of parts) {
    const ms = await msOf(indices);
    sum += ms;
    rows.push({
      name: part,
      figures: figures({ layers, dispatches: indices.length, ms, "ms per layer": ms / layers }),
    });
  }
  const dispatches = parts.reduce((total, { indices }) => total + indices.length, 0);
  rows.push({ name: "sum of these", figures: figures({ dispatches, ms: sum }) });
  rows.push({ name: "whole", figures: figures({ dispatches, ms: wholeMs }) });
  return rows;
}

const groupCost = (cost: ReturnType<typeof kernelCost>, { indices }: KernelGroup) =>
  cost && {
    bytes: indices.length * cost.bytes,
    leastBytes: indices.length * cost.leastBytes,
    operations: indices.length * cost.operations,
  };

function rowOf(
  name: string,
  count: number,
  ms: number,
  alone: number | undefined,
  cost: ReturnType<typeof groupCost>,
  peak: ModelUnderTest["peak"],
): BenchRow {
  const perSecond = (amount: number | undefined) => (amount === undefined ? undefined : (1000 * amount) / ms);
  const share = (rate: number | undefined, most: number) => (rate === undefined ? undefined : (100 * rate) / most);
  return {
    name,
    figures: figures({
      count,
      ms,
      "µs each": (1000 * ms) / count,
      "µs alone": alone === undefined ? undefined : 1000 * alone,
      MB: cost && cost.bytes / 1e6,
      "GB/s": cost && (perSecond(cost.bytes) ?? 0) / 1e9,
      "% of read": share(perSecond(cost?.bytes), peak.bytesPerSecond),
      "bytes ÷ least": cost?.leastBytes ? cost.bytes / cost.leastBytes : undefined,
      MFLOP: cost && cost.operations / 1e6,
      "% of f32": share(perSecond(cost?.operations), peak.operationsPerSecond),
      "ms at 100 GB/s": cost && cost.bytes / SMALL_DEVICE_BYTES_PER_MS,
    }),
  };
}

/** Milliseconds of each dispatch in a pass of its own; nothing where the device has no timestamps. */
async function profiled({ gpu }: Meter, { recording, run, before }: Subject): Promise<number[]> {
  if (!gpu.device.features.has("timestamp-query")) return [];
  const runs = await checked(gpu, "profiling", async () => {
    const all: number[][] = [];
    for (let index = 0; index < PROFILE_RUNS; index++) {
      await before();
      all.push((await profile(gpu, recording, run.tokens)).map(({ elapsedMs }) => elapsedMs));
    }
    return all;
  });
  return recording.map((_, index) => median(runs.map((times) => times[index] ?? Number.NaN)));
}

const aloneMs = (alone: readonly number[], { indices }: KernelGroup): number =>
  median(indices.map((index) => alone[index] ?? Number.NaN));
