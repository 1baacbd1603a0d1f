import { expect, test } from "vitest";
import { measuredOf, partsPlot, speedPlot } from "./plots";

const DECODE = {
  title: "Decode",
  rows: [
    { name: "at 2048, 1 per submit", figures: { "tokens/s": 300, "floor ms": 0.5 } },
    { name: "at 2048, 8 per submit", figures: { "tokens/s": 480, "floor ms": 0.5 } },
    { name: "at 128, 8 per submit", figures: { "tokens/s": 500, "floor ms": 0.4 } },
  ],
};
const PAGE = { title: "Through the page's own worker", rows: [{ name: "at 2048", figures: { "tokens/s": 450 } }] };
const parts = (context: number, mlp: number) => ({
  title: `Parts of a token at ${context}`,
  rows: [
    { name: "sliding", figures: { layers: 8, ms: 0.25 } },
    { name: "mlp", figures: { layers: 32, ms: mlp } },
    { name: "whole", figures: { ms: 2 } },
  ],
});

test("speed by context: the fastest way to submit, the floor beside it, and what the page gets", () => {
  expect(speedPlot([DECODE, PAGE])).toEqual({
    contexts: [128, 2048],
    page: [null, 450],
    loop: [500, 480],
    floor: [2500, 2000],
  });
  expect(speedPlot([PAGE])?.loop).toEqual([null]);
  expect(speedPlot([parts(1, 1)])).toBeUndefined();
});

test("time by part, at each context, without sums and never below nothing", () => {
  expect(partsPlot([DECODE, parts(128, 1.5), parts(2048, -0.001)])).toEqual({
    parts: ["sliding", "mlp"],
    series: [
      { context: 128, ms: [0.25, 1.5] },
      { context: 2048, ms: [0.25, 0] },
    ],
  });
  expect(partsPlot([DECODE])).toBeUndefined();
});

test("a part that was not measured at a context took no 0 ms there", () => {
  const plot = partsPlot([parts(128, 1.5), { ...parts(2048, 2), rows: parts(2048, 2).rows.slice(1) }]);
  expect(plot?.series[1]?.ms).toEqual([null, 2]);
  expect(measuredOf(plot?.parts ?? [], plot?.series[1]?.ms ?? [])).toEqual([["mlp", 2]]);
});
