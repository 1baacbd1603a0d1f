import { useMemo } from "react";
import UPlot from "uplot";
import type { Words } from "../words/words";
import { useWords } from "../words/words-context";
import { PLOT_FONT, Plot, type PlotColours, type PlotOptions } from "./plot";
import { measuredOf, type PartsPlot } from "./plots";

/** Of a part's place, the share that a bar takes, and the least height of the place in pixels. */
const BAR_SHARE = 0.36;
const PLACE_HEIGHT = 26;
const AXIS_HEIGHT = 50;

/** Milliseconds of a token by part of the model: a bar for each context. */
export function PartsFigure({ plot }: { plot: PartsPlot }) {
  const words = useWords();
  const { t, format } = words;
  const { parts, series } = plot;
  const names = useMemo(() => parts.map((part) => sayPart(words, part)), [parts, words]);
  const data = useMemo(() => barData(plot), [plot]);
  const options = useMemo(
    () => (colours: PlotColours) => barOptions(colours, names, (ms) => sayMs(words, ms)),
    [names, words],
  );
  const spoken = series.map(({ context, ms }) => {
    const each = measuredOf(names, ms).map(([name, value]) => `${name} ${sayMs(words, value)}`);
    return `${t("bench.parts.at", { length: format.count(context) })}: ${each.join(", ")}`;
  });
  return (
    <figure>
      <figcaption>
        <h2>{t("bench.parts.title")}</h2>
      </figcaption>
      <Plot
        data={data}
        options={options}
        height={AXIS_HEIGHT + parts.length * PLACE_HEIGHT * Math.max(1, 0.8 * series.length)}
        description={`${t("bench.parts.title")}. ${spoken.join("; ")}`}
        legend={series.map(({ context }) => t("bench.parts.at", { length: format.count(context) }))}
      />
      <p className="plot-caption">{t("bench.parts.caption")}</p>
    </figure>
  );
}

const NAMED = ["embedding", "mamba", "sliding", "full", "gmu", "cross", "mlp", "lm head", "sampler"] as const;

/** A part that this page does not know keeps its own name. */
function sayPart({ t }: Words, part: string): string {
  const known = NAMED.find((name) => name === part);
  return known ? t(`bench.part.${known}`) : part;
}

/** Two digits that mean something: a part may take microseconds or seconds. */
const sayMs = ({ language }: Words, ms: number): string =>
  `${ms.toLocaleString(language, { maximumSignificantDigits: ms < 100 ? 2 : 3 })} ms`;

/**
 * Bars of one part stand beside each other: places between the whole numbers, which are the parts'. Undefined where a bar
 * of another series stands: null would count as a bar of this one, without a height.
 */
function barData({ parts, series }: PartsPlot): UPlot.AlignedData {
  const places = parts.flatMap((_, part) => series.map((_, own) => ({ part, own })));
  const at = places.map(({ part, own }) => part + (own - (series.length - 1) / 2) * (BAR_SHARE + 0.02));
  const values = series.map(({ ms }, index) =>
    places.map(({ part, own }) => (own === index ? (ms[part] ?? null) : undefined)),
  );
  return [at, ...values];
}

function barOptions(
  { text, grid, series }: PlotColours,
  names: readonly string[],
  say: (ms: number) => string,
): PlotOptions {
  const axis = { stroke: text, font: PLOT_FONT, ticks: { show: false } };
  const paths = UPlot.paths.bars?.({ size: [BAR_SHARE, 22] });
  const bars = series.map(
    (fill): UPlot.Series => ({
      ...{ scale: "ms", fill, stroke: fill, width: 0, points: { show: false } },
      ...(paths && { paths }),
    }),
  );
  return {
    padding: [0, 8, 0, 0],
    scales: {
      // From the first part at the top to the last.
      x: { time: false, ori: 1, dir: -1, range: () => [-0.6, names.length - 0.4] },
      ms: { ori: 0, range: (_, __, most) => [0, (most || 1) * 1.28] },
    },
    series: [{}, ...bars],
    axes: [
      {
        ...axis,
        ...{ scale: "x", side: 3, size: 118, grid: { show: false } },
        splits: () => [...names.keys()],
        values: () => [...names],
      },
      { ...axis, scale: "ms", side: 2, size: 34, grid: { stroke: grid, width: 1 } },
    ],
    hooks: { draw: [(plot) => writeValues(plot, text, say)] },
  };
}

/** Each value at the end of its bar. */
function writeValues(plot: UPlot, colour: string, say: (ms: number) => string): void {
  const { ctx, data } = plot;
  const ratio = UPlot.pxRatio;
  ctx.save();
  Object.assign(ctx, { fillStyle: colour, textAlign: "left", textBaseline: "middle" });
  ctx.font = PLOT_FONT.replace("12px", `${11 * ratio}px`);
  for (const values of data.slice(1))
    for (const [index, value] of [...values].entries())
      if (value !== null && value !== undefined) {
        const [x, y] = [plot.valToPos(value, "ms", true), plot.valToPos(data[0][index] ?? 0, "x", true)];
        ctx.fillText(say(value), x + 5 * ratio, y);
      }
  ctx.restore();
}
