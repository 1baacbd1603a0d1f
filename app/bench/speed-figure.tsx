import { useMemo } from "react";
import type UPlot from "uplot";
import { useWords } from "../words/words-context";
import { PLOT_FONT, Plot, type PlotColours, type PlotOptions } from "./plot";
import type { SpeedPlot } from "./plots";

/** Tokens per second by context. */
export function SpeedFigure({ plot }: { plot: SpeedPlot }) {
  const { t, format } = useWords();
  const { contexts, page, loop, floor } = plot;
  const data = useMemo(
    () => [contexts, page, loop, floor] as unknown as UPlot.AlignedData,
    [contexts, page, loop, floor],
  );
  const options = useMemo(
    () => (colours: PlotColours) => speedOptions(colours, contexts, format.count),
    [contexts, format],
  );
  const spoken = contexts.map((context, index) =>
    t("bench.speed.point", {
      length: format.count(context),
      rate: format.rate(page[index] ?? loop[index] ?? 0),
    }),
  );
  return (
    <figure>
      <figcaption>
        <h2>{t("bench.speed.title")}</h2>
      </figcaption>
      <Plot
        data={data}
        options={options}
        height={260}
        description={`${t("bench.speed.title")}: ${spoken.join("; ")}`}
        legend={[t("bench.speed.page"), t("bench.speed.loop"), t("bench.speed.floor")]}
      />
      <p className="plot-caption">{t("bench.speed.caption")}</p>
    </figure>
  );
}

function speedOptions(
  { text, grid, series }: PlotColours,
  contexts: readonly number[],
  count: (value: number) => string,
): PlotOptions {
  const axis = { stroke: text, font: PLOT_FONT, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
  const line = (index: number, dash?: number[]): UPlot.Series => {
    const stroke = series[index] ?? text;
    return {
      stroke,
      width: 2,
      points: { show: true, size: 7, fill: stroke, stroke },
      spanGaps: true,
      ...(dash && { dash }),
    };
  };
  return {
    padding: [12, 20, 0, 0],
    scales: {
      // Each doubling as wide as the one before.
      x: { time: false, distr: 3, log: 2, range: (_, least, most) => [least / 1.25, most * 1.25] },
      y: { range: (_, __, most) => [0, most * 1.1] },
    },
    series: [{}, line(0), line(1), line(2, [6, 5])],
    axes: [
      { ...axis, splits: () => [...contexts], filter: (_, splits) => splits, values: (_, splits) => splits.map(inK) },
      { ...axis, size: 52, values: (_, splits) => splits.map(count) },
    ],
  };
}

/** As contexts are named: 2,048 is 2K. */
const inK = (context: number): string => (context % 1024 === 0 ? `${context / 1024}K` : String(context));
