/**
 * npm run bench -- [--config tiny|full|<config.json>] [--only decode,prefill,kernels,prefill-kernels,matvec] [--json FILE] …
 *
 * What the engine takes on this device, beside the least it could take. Weights are random; speed does not depend on
 * them. Runs in Node with Dawn; bench/run-bench.ts is the suite. All options: bench/parse-options.ts.
 */

import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import type { Gpu } from "@gpu/device";
import publishedConfig from "@model/oracle/fixtures/full/config.json";
import tinyConfig from "@model/oracle/fixtures/tiny/config.json";
import { type ModelConfig, parseConfig } from "../config";
import { compareReports } from "./bench/compare";
import { type BenchOptions, parseOptions, USAGE, UsageError } from "./bench/parse-options";
import type { BenchReport, BenchTable } from "./bench/report";
import { type BenchPlan, PARTS, runBench } from "./bench/run-bench";
import { spellTable } from "./bench/spell-table";
import { openDawn } from "./open-dawn";

/** What the published model is judged by, and what a software adapter can do in minutes. */
const GRAPHICS_CARD: BenchPlan = {
  parts: PARTS,
  contexts: [128, 2048, 8192, 16384, 32768],
  prompts: [128, 1024, 4096, 16384],
  kernelsAt: [2048, 32768],
};
const SOFTWARE: BenchPlan = {
  parts: ["decode", "prefill", "kernels", "matvec"],
  contexts: [128],
  prompts: [128],
  kernelsAt: [128],
};

async function main(args: string[]): Promise<void> {
  const options = parseOptions(args);
  const before = options.compare ? ((await readJson(options.compare)) as BenchReport) : undefined;
  const config = await readConfig(options);
  const gpu = await openDawn();
  const description = { ...describe(gpu, config, options), date: new Date().toISOString() };
  console.log(`${description.device}, ${description.model}, ${description.commit}`);

  const tables: BenchTable[] = [];
  const plan = { ...(gpu.adapter.isFallback ? SOFTWARE : GRAPHICS_CARD), ...options.plan };
  for await (const table of runBench({ gpu, now: () => performance.now() }, config, plan)) {
    console.log(spellTable(table));
    tables.push(table);
    // Each table is kept at once: a run that is cut short is not lost.
    if (options.json) await writeFile(options.json, JSON.stringify({ ...description, tables }, null, 1));
  }
  for (const table of before ? compareReports(before, { ...description, tables }) : []) console.log(spellTable(table));
}

async function readConfig({ config, layers }: BenchOptions): Promise<ModelConfig> {
  const json = config === "full" ? publishedConfig : config === "tiny" ? tinyConfig : await readJson(config);
  return parseConfig({ ...(json as object), ...(layers ? { num_hidden_layers: layers } : {}) });
}

const readJson = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, "utf8"));

function describe({ adapter }: Gpu, { numLayers, hiddenSize, vocabSize }: ModelConfig, { commit, plan }: BenchOptions) {
  return {
    device: adapter.description,
    features: adapter.features,
    commit: commit ?? currentCommit(),
    model: `${numLayers} layers of width ${hiddenSize}, vocabulary ${vocabSize}, full cache in ${plan.fullCache ?? "f16"}`,
  };
}

function currentCommit(): string {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "unknown commit";
  }
}

const status = await main(process.argv.slice(2)).then(
  () => 0,
  (error: Error) => {
    console.error(error instanceof UsageError ? `${error.message}\n${USAGE}` : error);
    return 1;
  },
);
process.exit(status); // Dawn's threads would keep Node alive.
