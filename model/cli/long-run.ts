/**
 * node .ci/run-ts.mjs model/cli/long-run.ts [--config tiny|full|<config.json>] [--tokens 32768]
 *
 * One reply that fills the context, and on the way what it holds: the JS heap after a collection, the GPU's buffers beside
 * the plan, and the speed since the line before. Weights are random. Runs in Node with Dawn.
 */

import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { decodeCost, shippedFormat } from "../cost";
import { memoryNeed } from "../device-report";
import { openSession } from "../generation/open-session";
import { GREEDY } from "../generation/sampling";
import { countBytes } from "../oracle/count-bytes";
import { timingWeights } from "../oracle/timing-weights";
import { openDawn } from "./open-dawn";
import { readConfig } from "./read-config";

const FIRST_SAMPLE = 512;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { config: { type: "string", default: "tiny" }, tokens: { type: "string", default: "32768" } },
  });
  const tokens = Number(values.tokens);
  if (!(Number.isInteger(tokens) && tokens > 0)) throw new TypeError("--tokens must be a positive whole number.");
  const config = await readConfig(values.config);
  const gpu = await openDawn();
  const bytes = countBytes(gpu.device);
  const weights = timingWeights(gpu, config);
  const session = await openSession(gpu, config, weights, { contextLength: tokens + 1 });
  const need = memoryNeed(config, tokens + 1, shippedFormat);
  console.log(`${gpu.adapter.description}; ${config.numLayers} layers of width ${config.hiddenSize}`);
  console.log(`planned: at most ${mb(need.totalBytes)} MB, ${mb(need.cacheBytes)} of them for the full cache`);

  let [written, before, next] = [0, 0, FIRST_SAMPLE];
  let begun = performance.now();
  for await (const ids of session.generate({ ids: [1], sampling: GREEDY, stopIds: [], maxTokens: tokens })) {
    written += ids.length;
    if (written < Math.min(next, tokens)) continue;
    const rate = (1000 * (written - before)) / (performance.now() - begun);
    const leastMB = decodeCost(config, (written + before) / 2).bytes / 1e6;
    collect();
    const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
    console.log(
      [
        `${written} tokens`,
        `heap ${mb(heapUsed)} MB and ${mb(arrayBuffers)} MB of buffers`,
        `process ${mb(rss)} MB`,
        `GPU ${mb(bytes.live)} MB in ${bytes.buffers} buffers, at most ${mb(bytes.peak)} MB`,
        `cache of ${session.runner.state.full.capacity}`,
        `${rate.toFixed(1)} tokens/s, each reading at least ${leastMB.toFixed(1)} MB`,
      ].join(" · "),
    );
    before = written;
    next *= 2;
    begun = performance.now();
  }
}

const mb = (bytes: number): string => (bytes / 1e6).toFixed(2);

const status = await main(process.argv.slice(2)).then(
  () => 0,
  (error: Error) => {
    console.error(error);
    return 1;
  },
);
process.exit(status); // Dawn's threads would keep Node alive.
