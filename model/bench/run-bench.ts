import type { Meter } from "@gpu/measure";
import { measurePeak, type Peak } from "@gpu/peak";
import { checked } from "@gpu/recording";
import type { ModelConfig } from "../config";
import { createContexts, destroyContexts } from "../layers/contexts";
import { countBytes } from "../oracle/count-bytes";
import { timingWeights } from "../oracle/timing-weights";
import { benchDecode, benchToken, type ModelUnderTest, tokenLabels } from "./bench-decode";
import { benchChunkKernels, benchTokenKernels } from "./bench-kernels";
import { benchMatvec } from "./bench-matvec";
import { benchPrefill } from "./bench-prefill";
import { benchScans } from "./bench-scans";
import { matvecShapes } from "./matvec-shapes";
import type { BenchPlan, Part } from "./plan";
import type { BenchRow, BenchTable } from "./report";

/**
 * Measures a model of these sizes with weights made on the GPU, and hands out each table when it is done. Knows no Node:
 * a page can run it too.
 *
 * @throws GpuFaultError when the device refuses a kernel or cannot hold the model.
 */
export async function* runBench(meter: Meter, config: ModelConfig, plan: BenchPlan): AsyncGenerator<BenchTable, void> {
  const { gpu } = meter;
  const bytes = countBytes(gpu.device);
  const peak = await measurePeak(meter);
  yield peakTable(peak);
  const begun = meter.now();
  const weights = await checked(
    gpu,
    "weights",
    () => timingWeights(gpu, config),
    (refused) => refused.destroy(),
  );
  await gpu.device.queue.onSubmittedWorkDone();
  const weightsMs = meter.now() - begun;
  try {
    yield {
      title: "Weights",
      rows: [{ name: "made on the GPU", figures: { MB: weights.totalBytes / 1e6, ms: weightsMs } }],
    };
    const model: ModelUnderTest = { config, weights, peak, bytes, fullCache: plan.fullCache ?? "f16" };
    for (const part of plan.parts) yield* TABLES[part](meter, model, plan);
  } finally {
    weights.destroy();
  }
}

type Tables = (meter: Meter, model: ModelUnderTest, plan: BenchPlan) => AsyncGenerator<BenchTable, void>;

const TABLES: Readonly<Record<Part, Tables>> = {
  async *decode(meter, model, { contexts }) {
    yield {
      title: "Decode",
      note: "Greedy tokens through the decode loop as the page runs it, two submits in flight.",
      rows: (await each(meter, contexts, (position) => benchDecode(meter, model, position))).flat(),
    };
    yield {
      title: "A token's recording",
      note: "GPU time of tokens back to back in one pass; CPU time of a token of eight in a submit.",
      rows: await each(meter, contexts, (position) => benchToken(meter, model, position)),
    };
  },
  async *prefill(meter, model, { prompts }) {
    yield { title: "Prefill", rows: await each(meter, prompts, (tokens) => benchPrefill(meter, model, tokens)) };
  },
  async *kernels(meter, model, { kernelsAt }) {
    for (const position of kernelsAt) {
      yield* await checked(meter.gpu, "kernels", () => benchTokenKernels(meter, model, position));
    }
  },
  async *"prefill-kernels"(meter, model) {
    yield* await checked(meter.gpu, "kernels", () => benchChunkKernels(meter, model));
    yield await checked(meter.gpu, "scans", () => benchScans(meter, model));
  },
  async *matvec(meter, model) {
    const { config, weights, peak } = model;
    const shapes = matvecShapes(await tokenLabels(meter, model), config);
    const contexts = createContexts(meter.gpu, config, weights, 1, config.slidingWindow);
    yield {
      title: "Matvec shapes",
      note: "Over distinct matrices in turn, more than caches hold: each product free of the others, and each after the one before.",
      rows: await each(meter, shapes, (shape) => benchMatvec(meter, contexts.one, shape, peak)),
    };
    destroyContexts(contexts);
  },
};

/** In turn, each with WebGPU's verdict: work that it refused takes no time, and would look fast. */
async function each<In, Out>(
  { gpu }: Meter,
  inputs: readonly In[],
  measure: (input: In) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = [];
  for (const input of inputs) results.push(await checked(gpu, "measuring", () => measure(input)));
  return results;
}

function peakTable({ bytesPerSecond, operationsPerSecond }: Peak): BenchTable {
  const rows: BenchRow[] = [
    { name: "plain reads", figures: { "GB/s": bytesPerSecond / 1e9 } },
    { name: "f32 multiply-adds", figures: { "GFLOP/s": operationsPerSecond / 1e9 } },
  ];
  return { title: "Peak", rows };
}
