import type { Gpu } from "@gpu/device";
import type { CacheFormat } from "../state/kv-cache";

export const PARTS = ["decode", "prefill", "kernels", "prefill-kernels", "matvec"] as const;
export type Part = (typeof PARTS)[number];

export interface BenchPlan {
  readonly parts: readonly Part[];
  /** Positions at which decoding is timed. */
  readonly contexts: readonly number[];
  /** Lengths of the prompts read. */
  readonly prompts: readonly number[];
  /** Positions at which the kernels of a token are timed one kind at a time. */
  readonly kernelsAt: readonly number[];
  /** f16 unless given. */
  readonly fullCache?: CacheFormat;
}

/** A plan as a person writes it; what is left out or empty is up to the device. */
export interface PlanTexts {
  readonly only?: string | undefined;
  readonly contexts?: string | undefined;
  readonly prompts?: string | undefined;
  readonly "kernels-at"?: string | undefined;
  readonly "full-cache"?: string | undefined;
}

/** What was asked for cannot be done; the message says why. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What the published model is judged by, and what a software adapter can do in minutes. */
const GRAPHICS_CARD: BenchPlan = {
  parts: PARTS,
  contexts: [128, 2048, 8192, 16384, 32768],
  prompts: [128, 1024, 4096, 16384],
  kernelsAt: [2048, 32768],
};
const SOFTWARE: BenchPlan = {
  parts: ["decode", "prefill", "kernels", "matvec"],
  contexts: [128, 2048],
  prompts: [128],
  kernelsAt: [128],
};

/** All of what suits the device, but for what is chosen. */
export const planFor = ({ adapter }: Gpu, chosen: Partial<BenchPlan>): BenchPlan => ({
  ...(adapter.isFallback ? SOFTWARE : GRAPHICS_CARD),
  ...chosen,
});

/**
 * @param prefix of the names in messages: "--" on a command line
 * @throws UsageError
 */
export function parsePlan(texts: PlanTexts, prefix = ""): Partial<BenchPlan> {
  const { only, contexts, prompts, "kernels-at": kernelsAt, "full-cache": fullCache } = texts;
  return {
    ...(contexts ? { contexts: parseNumbers(`${prefix}contexts`, contexts) } : {}),
    ...(prompts ? { prompts: parseNumbers(`${prefix}prompts`, prompts) } : {}),
    // A position given twice would only make the same tables twice.
    ...(kernelsAt ? { kernelsAt: [...new Set(parseNumbers(`${prefix}kernels-at`, kernelsAt))] } : {}),
    ...(only ? { parts: parseParts(`${prefix}only`, only) } : {}),
    ...(fullCache ? { fullCache: parseCacheFormat(`${prefix}full-cache`, fullCache) } : {}),
  };
}

/** @throws UsageError */
export function parseNumbers(name: string, text: string): number[] {
  return text.split(",").map((part) => {
    const number = Number(part);
    if (!(Number.isInteger(number) && number > 0)) {
      throw new UsageError(`${name}: "${part}" is not a positive whole number.`);
    }
    return number;
  });
}

/** @throws UsageError */
export function parseCacheFormat(name: string, text: string): CacheFormat {
  if (text === "f16" || text === "int8") return text;
  throw new UsageError(`${name}: "${text}" is neither f16 nor int8.`);
}

function parseParts(name: string, text: string): Part[] {
  return text.split(",").map((word) => {
    const part = PARTS.find((known) => known === word);
    if (!part) throw new UsageError(`${name}: "${word}" is none of ${PARTS.join(", ")}.`);
    return part;
  });
}
