import { useEffect, useRef, useSyncExternalStore } from "react";
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";

/** Colours of the theme, as the canvas wants them. */
export interface PlotColours {
  readonly text: string;
  readonly grid: string;
  /** In the order of the legend. */
  readonly series: readonly string[];
}

/** What a plot needs besides its size; everything but the series is off unless it is said. */
export type PlotOptions = Omit<UPlot.Options, "width" | "height">;

export interface PlotProps {
  data: UPlot.AlignedData;
  /** Must not change while the data does not: the plot is drawn anew when it does. */
  options: (colours: PlotColours) => PlotOptions;
  /** In pixels. */
  height: number;
  /** What is to be seen, in words, for those who cannot see it; the figures are in a table beside it. */
  description: string;
  /** What each series is, with a sign in its colour. */
  legend: readonly string[];
}

const DARK = "(prefers-color-scheme: dark)";

/** A plot on a canvas as wide as there is room, in the colours of the theme, with its legend. */
export function Plot({ data, options, height, description, legend }: PlotProps) {
  const host = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const isDark = useSyncExternalStore(watchScheme, () => matchMedia(DARK).matches);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours are those of the scheme.
  useEffect(() => {
    if (!(host.current && list.current)) return;
    const element = host.current;
    const size = () => ({ width: element.clientWidth, height });
    const common = { cursor: { show: false }, legend: { show: false }, ...size() };
    const plot = new UPlot({ ...common, ...options(coloursOf(element, list.current)) }, data, element);
    const observer = new ResizeObserver(() => plot.setSize(size()));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [data, options, height, isDark]);
  return (
    <>
      <ul ref={list} className="plot-legend">
        {legend.map((name) => (
          <li key={name}>{name}</li>
        ))}
      </ul>
      <div ref={host} className="plot" role="img" aria-label={description} />
    </>
  );
}

function watchScheme(changed: () => void): () => void {
  const query = matchMedia(DARK);
  query.addEventListener("change", changed);
  return () => query.removeEventListener("change", changed);
}

/** The style sheet has the colours; a canvas knows no variables. */
function coloursOf(host: HTMLElement, legend: HTMLElement): PlotColours {
  const { color, borderBottomColor } = getComputedStyle(host);
  const series = [...legend.children].map((sign) => getComputedStyle(sign, "::before").color);
  return { text: color, grid: borderBottomColor, series };
}

/** One font for all that is written on a plot. */
export const PLOT_FONT =
  '12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif';
