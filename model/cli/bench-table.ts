import type { Peak } from "@gpu/peak";
import type { Cost } from "../cost";
import type { BenchResult, StageResult } from "./bench-model";

/** A model's results as Markdown tables, the floor beside each. */
export function benchTable(result: BenchResult, peak: Peak): string {
  return [
    `\n## ${result.name}: ${result.dispatchesPerToken} dispatches per token, sampling included\n`,
    "| decode at position | tokens per submit | tokens/s | ms per token | floor ms | of floor |",
    "|---|---|---|---|---|---|",
    ...result.decode.map(({ position, tokensPerSubmit, tokensPerSecond, cost }) => {
      const ms = 1000 / tokensPerSecond;
      return row([position, tokensPerSubmit, tokensPerSecond.toFixed(1), ...againstFloor(ms, cost, peak)]);
    }),
    "\n| stage | dispatches | MB | GB/s | GFLOP/s | ms | floor ms | of floor |",
    "|---|---|---|---|---|---|---|---|",
    ...byKind(result.stages).map((stage) => row([stage.label, stage.dispatches, ...measured(stage, peak)])),
    `| prefill of ${result.prefill.tokens} tokens | | ${measured(result.prefill, peak).join(" | ")} |`,
  ].join("\n");
}

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;

function measured({ ms, cost }: { ms: number; cost: Cost }, peak: Peak): string[] {
  const perSecond = (count: number): string => (count / ms / 1e6).toFixed(count / ms / 1e6 < 10 ? 2 : 0);
  const { bytes, operations } = cost;
  return [(bytes / 1e6).toFixed(1), perSecond(bytes), perSecond(operations), ...againstFloor(ms, cost, peak)];
}

function againstFloor(ms: number, cost: Cost, peak: Peak): string[] {
  const floor = 1000 * Math.max(cost.bytes / peak.bytesPerSecond, cost.operations / peak.operationsPerSecond);
  return [ms.toFixed(3), floor.toFixed(3), floor > 0 ? `${((100 * floor) / ms).toFixed(0)} %` : ""];
}

/** The first stage of each kind: layer 2 is like layer 0. */
function byKind(stages: readonly StageResult[]): StageResult[] {
  const seen = new Set<string>();
  return stages.filter(({ label, dispatches, cost }) => {
    const kind = `${label.replace(/\d+/, "")} ${dispatches} ${cost.bytes}`;
    if (seen.has(kind)) return false;
    seen.add(kind);
    return true;
  });
}
