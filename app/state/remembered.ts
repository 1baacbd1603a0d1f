import type { Source } from "../library/protocol";

/** What the page remembers from visit to visit; a browser that refuses to remember loses nothing but that. */
export interface Remembered {
  /** The model that was opened last. */
  model(): string;
  setModel(model: string): void;
  /** Where a model was being got from; files must be picked again. */
  source(model: string): Source | undefined;
  setSource(model: string, source: Source): void;
}

/** What Storage offers and is used of it. */
export type Memory = Pick<Storage, "getItem" | "setItem">;

const MODEL_KEY = "longhand-model";
const SOURCE_KEY = "longhand-source";

/** @param shipped The model that the page brings with it. */
export function rememberIn(memory: () => Memory, shipped: string): Remembered {
  const read = (key: string): string | null => quietly(() => memory().getItem(key)) ?? null;
  const write = (key: string, value: string) => quietly(() => memory().setItem(key, value));
  return {
    model: () => read(MODEL_KEY) ?? shipped,
    setModel: (model) => write(MODEL_KEY, model),
    source: (model) => parseSource(read(`${SOURCE_KEY}:${model}`)),
    setSource(model, source) {
      if (source.kind === "picked") return;
      write(`${SOURCE_KEY}:${model}`, JSON.stringify(withoutToken(source)));
    },
  };
}

function withoutToken(source: Exclude<Source, { kind: "picked" }>): Source {
  if (source.kind === "folder") return source;
  const { token: _, ...rest } = source;
  return rest;
}

/** What was written by another version of this page, or by hand, is worth nothing. */
function parseSource(text: string | null): Source | undefined {
  const value = quietly(() => JSON.parse(text ?? "null") as Partial<Record<string, unknown>> | null);
  const { kind, baseUrl, repository, revision } = value ?? {};
  if (typeof baseUrl !== "string") return undefined;
  if (kind === "folder") return { kind, baseUrl };
  if (kind !== "hugging-face" || typeof repository !== "string" || typeof revision !== "string") return undefined;
  return { kind, baseUrl, repository, revision };
}

/** The result, or undefined where storage throws: blocked site data and private windows make it so. */
export function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
