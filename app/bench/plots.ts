import type { Table } from "./protocol";

/** Tokens per second by context; null where one was not measured. All lists are as long as `contexts`, which rises. */
export interface SpeedPlot {
  readonly contexts: readonly number[];
  /** As a person gets them: loaded from storage, through the page's own worker. */
  readonly page: readonly (number | null)[];
  /** The decode loop alone, with as many tokens to a submit as is fastest. */
  readonly loop: readonly (number | null)[];
  /** The most that the device's measured bandwidth and arithmetic allow. */
  readonly floor: readonly (number | null)[];
}

/** Milliseconds of a token by what of the model they are spent on, at each context that was looked at. */
export interface PartsPlot {
  /** As model/bench/model-parts.ts names them, in order of the model. */
  readonly parts: readonly string[];
  readonly series: readonly { readonly context: number; readonly ms: readonly (number | null)[] }[];
}

/** Undefined until one of the tables is there that it is drawn from. */
export function speedPlot(tables: readonly Table[]): SpeedPlot | undefined {
  const points = new Map<number, { page?: number; loop?: number; floor?: number }>();
  for (const { context, tokensPerSecond, floorMs } of decodeRows(tables)) {
    const before = points.get(context);
    if (tokensPerSecond <= (before?.loop ?? 0)) continue;
    points.set(context, { ...before, loop: tokensPerSecond, ...(floorMs ? { floor: 1000 / floorMs } : {}) });
  }
  for (const { name, figures } of rowsOf(tables, "Through the page's own worker")) {
    const context = Number(/^at (\d+)$/.exec(name)?.[1]);
    const page = figures["tokens/s"];
    if (context && page !== undefined) points.set(context, { ...points.get(context), page });
  }
  if (points.size === 0) return undefined;
  const contexts = [...points.keys()].sort((a, b) => a - b);
  const valuesOf = (name: "page" | "loop" | "floor") => contexts.map((context) => points.get(context)?.[name] ?? null);
  return { contexts, page: valuesOf("page"), loop: valuesOf("loop"), floor: valuesOf("floor") };
}

function decodeRows(tables: readonly Table[]) {
  return rowsOf(tables, "Decode").flatMap(({ name, figures }) => {
    const context = Number(/^at (\d+), \d+ per submit$/.exec(name)?.[1]);
    const tokensPerSecond = figures["tokens/s"];
    return context && tokensPerSecond !== undefined ? [{ context, tokensPerSecond, floorMs: figures["floor ms"] }] : [];
  });
}

/** Undefined until one of the tables is there that it is drawn from. */
export function partsPlot(tables: readonly Table[]): PartsPlot | undefined {
  const found = tables.flatMap(({ title, rows }) => {
    const context = Number(/^Parts of a token at (\d+)$/.exec(title)?.[1]);
    // Sums have no layers.
    const ms = new Map(
      rows.flatMap(({ name, figures: { layers, ms } }) => (layers && ms !== undefined ? [[name, ms]] : [])),
    );
    return context && ms.size > 0 ? [{ context, ms }] : [];
  });
  if (found.length === 0) return undefined;
  const parts = [...new Set(found.flatMap(({ ms }) => [...ms.keys()]))];
  // What takes less than it can be measured comes out below nothing.
  const series = found.map(({ context, ms }) => ({
    context,
    ms: parts.map((part) => (ms.has(part) ? Math.max(0, ms.get(part) ?? 0) : null)),
  }));
  return { parts, series };
}

/** What was measured, with its name; the lists are of the same length. */
export const measuredOf = (
  names: readonly string[],
  values: readonly (number | null)[],
): [name: string, value: number][] =>
  names.flatMap((name, index) => {
    const value = values[index] ?? null;
    return value === null ? [] : [[name, value] as [string, number]];
  });

const rowsOf = (tables: readonly Table[], title: string) => tables.find((table) => table.title === title)?.rows ?? [];
