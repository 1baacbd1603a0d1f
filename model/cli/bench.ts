/**
 * npm run bench -- [--config tiny|full|<config.json>] [--only decode,prefill,kernels,prefill-kernels,matvec] [--json FILE] …
 *
 * What the engine takes on this device, beside the least it could take. Weights are random; speed does not depend on
 * them. Runs in Node with Dawn; model/bench is the suite. All options: bench-options.ts.
 */

import { readFile, writeFile } from "node:fs/promises";
import type { Gpu } from "@gpu/device";
import { compareReports } from "../bench/compare";
import { planFor, UsageError } from "../bench/plan";
import type { BenchReport, BenchTable } from "../bench/report";
import { runBench } from "../bench/run-bench";
import { spellTable } from "../bench/spell-table";
import type { ModelConfig } from "../config";
import { type BenchOptions, parseOptions, USAGE } from "./bench-options";
import { currentCommit } from "./current-commit";
import { openDawn } from "./open-dawn";
import { readConfig } from "./read-config";

async function main(args: string[]): Promise<void> {
  const options = parseOptions(args);
  const before: BenchReport | undefined = options.compare && JSON.parse(await readFile(options.compare, "utf8"));
  const config = await readConfig(options.config, options.layers);
  const gpu = await openDawn();
  const description = { ...describe(gpu, config, options), date: new Date().toISOString() };
  console.log(`${description.device}, ${description.model}, ${description.commit}`);

  const tables: BenchTable[] = [];
  const plan = planFor(gpu, options.plan);
  for await (const table of runBench({ gpu, now: () => performance.now() }, config, plan)) {
    console.log(spellTable(table));
    tables.push(table);
    // Each table is kept at once: a run that is cut short is not lost.
    if (options.json) await writeFile(options.json, JSON.stringify({ ...description, tables }, null, 1));
  }
  for (const table of before ? compareReports(before, { ...description, tables }) : []) console.log(spellTable(table));
}

function describe({ adapter }: Gpu, { numLayers, hiddenSize, vocabSize }: ModelConfig, { commit, plan }: BenchOptions) {
  return {
    device: adapter.description,
    features: adapter.features,
    commit: commit ?? currentCommit(),
    model: `${numLayers} layers of width ${hiddenSize}, vocabulary ${vocabSize}, full cache in ${plan.fullCache ?? "f16"}`,
  };
}

const status = await main(process.argv.slice(2)).then(
  () => 0,
  (error: Error) => {
    console.error(error instanceof UsageError ? `${error.message}\n${USAGE}` : error);
    return 1;
  },
);
process.exit(status); // Dawn's threads would keep Node alive.
