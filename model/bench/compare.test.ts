import { expect, test } from "vitest";
import { compareReports } from "./compare";
import type { BenchReport, BenchRow } from "./report";

const report = (rows: readonly BenchRow[]): BenchReport => ({
  device: "a card",
  features: [],
  date: "2026-01-01T00:00:00.000Z",
  commit: "abc",
  model: "a model",
  tables: [{ title: "Decode", rows }],
});

test("ratios of what both runs measured", () => {
  const before = report([
    { name: "at 128", figures: { "tokens/s": 100, "GPU ms": 8, "lost figure": 1, nothing: 0, count: 3 } },
    { name: "lost row", figures: { "tokens/s": 1 } },
  ]);
  const after = report([
    { name: "at 128", figures: { "tokens/s": 150, "GPU ms": 4, "new figure": 1, nothing: 3, count: 3 } },
    { name: "new row", figures: { "tokens/s": 1 } },
  ]);
  expect(compareReports(before, after)).toEqual([
    { title: "Decode: new ÷ old", rows: [{ name: "at 128", figures: { "tokens/s": 1.5, "GPU ms": 0.5 } }] },
  ]);
});

test("nothing for tables that only one run has", () => {
  const before = { ...report([]), tables: [{ title: "Prefill", rows: [{ name: "at 128", figures: { ms: 1 } }] }] };
  expect(compareReports(before, report([{ name: "at 128", figures: { ms: 1 } }]))).toEqual([]);
});
