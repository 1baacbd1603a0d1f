import { clsx } from "clsx";

interface MeterProps {
  label: string;
  /** The value in words. */
  words: string;
  used: number;
  most: number;
}

/** Above this share it is shown as nearly full. */
const NEARLY_FULL = 0.9;

/** A thin bar: how much of a limit is used. */
export function Meter({ label, words, used, most }: MeterProps) {
  const share = most > 0 ? Math.min(1, used / most) : 0;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a <meter> is drawn by each browser in its own way.
    <span
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={most}
      aria-valuenow={Math.min(used, most)}
      aria-valuetext={words}
      title={words}
      className="meter"
    >
      <span
        className={clsx("meter-fill", share >= NEARLY_FULL && "bg-warn")}
        style={{ transform: `scaleX(${share})` }}
      />
    </span>
  );
}
