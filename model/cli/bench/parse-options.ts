import { parseArgs } from "node:util";
import type { CacheFormat } from "../../state/kv-cache";
import { type BenchPlan, PARTS, type Part } from "./run-bench";

export const USAGE = `usage: npm run bench -- [--config tiny|full|<config.json>] [--layers <number>]
  [--contexts 128,2048,…] [--prompts 128,1024,…] [--kernels-at 2048,…] [--only ${PARTS.join(",")}]
  [--full-cache f16|int8]
  [--json <file>] [--compare <file of an earlier run>] [--commit <name>]`;

/** The command line cannot be followed; the message says why. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

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
  const { layers, contexts, prompts, only } = values;
  const plan = {
    ...(contexts ? { contexts: numbers("contexts", contexts) } : {}),
    ...(prompts ? { prompts: numbers("prompts", prompts) } : {}),
    ...(values["kernels-at"] ? { kernelsAt: numbers("kernels-at", values["kernels-at"]) } : {}),
    ...(only ? { parts: parts(only) } : {}),
    ...(values["full-cache"] ? { fullCache: cacheFormat(values["full-cache"]) } : {}),
  };
  const { config, json, compare, commit } = values;
  return { config, layers: layers ? numbers("layers", layers)[0] : undefined, plan, json, compare, commit };
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

function numbers(option: string, text: string): number[] {
  return text.split(",").map((part) => {
    const number = Number(part);
    if (!(Number.isInteger(number) && number > 0)) {
      throw new UsageError(`--${option}: "${part}" is not a positive whole number.`);
    }
    return number;
  });
}

function parts(text: string): Part[] {
  return text.split(",").map((name) => {
    const part = PARTS.find((known) => known === name);
    if (!part) throw new UsageError(`--only: "${name}" is none of ${PARTS.join(", ")}.`);
    return part;
  });
}

/** @throws UsageError */
export function cacheFormat(text: string): CacheFormat {
  if (text === "f16" || text === "int8") return text;
  throw new UsageError(`--full-cache: "${text}" is neither f16 nor int8.`);
}
