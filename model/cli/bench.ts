/**
 * npm run bench [-- --json FILE] [--skip-published]
 *
 * What the engine takes on this device, beside the least it could take: the tiny model, and one layer of each kind at
 * the published sizes. Weights are random; speed does not depend on them. Runs in Node with Dawn.
 */

import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { measurePeak } from "@gpu/peak";
import publishedConfig from "@model/oracle/fixtures/full/config.json";
import tinyConfig from "@model/oracle/fixtures/tiny/config.json";
import { parseConfig } from "../config";
import { type BenchResult, benchModel } from "./bench-model";
import { benchTable } from "./bench-table";
import { openDawn } from "./open-dawn";

/** Eight layers hold one of each kind; the published model only repeats them. */
const ONE_OF_EACH = { ...publishedConfig, num_hidden_layers: 8 };

async function main(args: string[]): Promise<void> {
  const { values: options } = parseArgs({
    args,
    options: { json: { type: "string" }, "skip-published": { type: "boolean", default: false } },
  });
  const gpu = await openDawn();
  const peak = await measurePeak(gpu);
  const gigabytes = (peak.bytesPerSecond / 1e9).toPrecision(3);
  const gigaflops = (peak.operationsPerSecond / 1e9).toPrecision(3);
  console.log(`${gpu.adapter.description}: reads ${gigabytes} GB/s, computes ${gigaflops} GFLOP/s in f32`);

  const models = [{ name: "tiny", config: tinyConfig, positions: [128, 1024] }];
  if (!options["skip-published"]) {
    models.push({ name: "published sizes, 8 layers", config: ONE_OF_EACH, positions: [128, 2048] });
  }
  const results: BenchResult[] = [];
  for (const { name, config, positions } of models) {
    const result = await benchModel(gpu, name, parseConfig(config), positions);
    results.push(result);
    console.log(benchTable(result, peak));
  }
  if (options.json) {
    const { adapter } = gpu;
    await writeFile(options.json, JSON.stringify({ adapter, peak, date: new Date().toISOString(), results }, null, 1));
  }
  process.exit(0); // Dawn's threads would keep Node alive.
}

await main(process.argv.slice(2));
