interface ProgressBarProps {
  label: string;
  /** 0 … 100; left out while it is not known. */
  percent?: number | undefined;
  /** The progress in words, for those who cannot see the bar. */
  description: string;
}

/** How far something has come. */
export function ProgressBar({ label, percent, description }: ProgressBarProps) {
  const values = percent === undefined ? {} : { "aria-valuenow": percent };
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuetext={description}
      className="progress"
      {...values}
    >
      <div
        className={percent === undefined ? "progress-unknown" : "progress-done"}
        // A transform is drawn without laying the page out again.
        style={percent === undefined ? undefined : { transform: `scaleX(${percent / 100})` }}
      />
    </div>
  );
}
