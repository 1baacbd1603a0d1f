import { parseArgs } from "node:util";
import { type BenchPlan, PARTS, parseNumbers, parsePlan, UsageError } from "../bench/plan";

export const USAGE = `usage: npm run bench -- [--config tiny|full|<config.json>] [--layers <number>]
  [--contexts 128,2048,…] [--prompts 128,1024,…] [--kernels-at 2048,…] [--only ${PARTS.join(",")}]
  [--full-cache f16|int8]
  [--json <file>] [--compare <file of an earlier run>] [--commit <name>]`;

export interface BenchOptions {
  /** "tiny", "full", or a file. */
  readonly config: string;
  /** Other than the configuration's. */
  readonly layers: number | undefined;
  /** What is not given is up to the device. */
  readonly plan: Partial<BenchPlan>;
  readonly json: string | undefined;
  readonly compare: string | undefined;
  readonly commit: string | undefined;
}

/** @throws UsageError */
export function parseOptions(args: string[]): BenchOptions {
  const values = parse(args);
  const { layers } = values;
  const plan = parsePlan(values, "--");
  const { config, json, compare, commit } = values;
  return { config, layers: layers ? parseNumbers("--layers", layers)[0] : undefined, plan, json, compare, commit };
}

function parse(args: string[]) {
  const text = { type: "string" } as const;
  const options = {
    config: { ...text, default: "tiny" },
    layers: text,
    contexts: text,
    prompts: text,
    "kernels-at": text,
    only: text,
    "full-cache": text,
    json: text,
    compare: text,
    commit: text,
  } as const;
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
