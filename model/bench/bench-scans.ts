import { type Meter, medianMs } from "@gpu/measure";
import { writeStep } from "@gpu/step";
import type { ModelConfig } from "../config";
import { layerPlan, memoryLayer } from "../layer-plan";
import { createContexts, destroyContexts } from "../layers/contexts";
import type { LayerContext } from "../layers/layer-context";
import { selectiveScan } from "../layers/mamba";
import { createMambaState } from "../state/mamba-state";
import type { ModelUnderTest } from "./bench-decode";
import { kernelCost, type Run } from "./kernel-cost";
import { groupKernels } from "./kernel-groups";
import { type BenchRow, type BenchTable, figures } from "./report";

/** Rows of a chunk: a short question, the end of a prompt, a whole chunk. */
const TOKENS = [16, 64, 256];
const PATHS = ["serial", "blocks"] as const;

/** The selective scans of one chunk, all layers' one after the other, by either path, whichever the device would take. */
export async function benchScans(meter: Meter, model: ModelUnderTest): Promise<BenchTable> {
  const { config, weights } = model;
  const contexts = createContexts(meter.gpu, config, weights, Math.max(...TOKENS), config.slidingWindow);
  const state = createMambaState(meter.gpu, "scans", config);
  const rows: BenchRow[] = [];
  for (const tokens of TOKENS) {
    writeStep(meter.gpu, contexts.many.step, { position: 0, tokens, done: 0, drawn: 0 });
    for (const path of PATHS) rows.push(await benchPath(meter, model, contexts.many, { path, tokens, state }));
  }
  for (const { buffer } of [state.convState, state.ssmState]) buffer.destroy();
  destroyContexts(contexts);
  return { title: "Selective scans of a chunk", note: "All Mamba layers' in turn, over one set of activations.", rows };
}

interface Case {
  readonly path: (typeof PATHS)[number];
  readonly tokens: number;
  readonly state: ReturnType<typeof createMambaState>;
}

async function benchPath(
  meter: Meter,
  { config, peak }: ModelUnderTest,
  many: LayerContext,
  { path, tokens, state }: Case,
): Promise<BenchRow> {
  const recording = mambaLayers(config).map((index) =>
    selectiveScan(many, index, state, index === memoryLayer(config.numLayers), path),
  );
  const ms = await medianMs(meter, recording, { tokens });
  const labels = recording.map(({ label }) => label);
  const bytes = bytesOf(config, labels, { position: 0, tokens });
  return {
    name: `${path}, ${tokens} rows`,
    figures: figures({
      count: recording.length,
      ms,
      "µs each": (1000 * ms) / recording.length,
      MB: bytes / 1e6,
      "GB/s": bytes / ms / 1e6,
      "% of read": (100 * 1000 * bytes) / ms / peak.bytesPerSecond,
    }),
  };
}

const mambaLayers = (config: ModelConfig): number[] =>
  layerPlan(config).flatMap((kind, index) => (kind === "mamba" ? [index] : []));

/** Each byte once, as kernelCost counts. */
const bytesOf = (config: ModelConfig, labels: readonly string[], run: Run): number =>
  groupKernels(labels, config)
    .map((group) => group.indices.length * (kernelCost(config, run, group)?.bytes ?? Number.NaN))
    .reduce((sum, bytes) => sum + bytes, 0);
