import { formatBytes, formatRoughly, percentOf } from "../../components/format";
import { ProgressBar } from "../../components/progress-bar";
import type { Job } from "../../state/library-state";
import { timeLeftMs } from "../../state/transfer-rate";
import { WORDS } from "./job-words";

/** How far a job has come: bytes, speed, and the time that is left. */
export function JobLine({ job }: { job: Job }) {
  const { work, doneBytes, totalBytes, isEnding } = job;
  const words = isEnding ? "Stopping" : WORDS[work];
  const percent = totalBytes > 0 ? percentOf(doneBytes, totalBytes) : undefined;
  const amount = percent === undefined ? "" : amountOf(job, percent);
  return (
    <div className="space-y-2">
      <p className="text-sm font-medium">{words}</p>
      <ProgressBar label={words} percent={percent} description={amount || words} />
      <p className="min-h-5 text-sm text-muted tabular-nums">{amount}</p>
    </div>
  );
}

function amountOf({ doneBytes, totalBytes, rate }: Job, percent: number): string {
  const left = timeLeftMs(rate, totalBytes - doneBytes);
  return [
    `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`,
    `${percent} %`,
    rate.bytesPerSecond > 0 && `${formatBytes(rate.bytesPerSecond)}/s`,
    left !== undefined && `about ${formatRoughly(left)} left`,
  ]
    .filter(Boolean)
    .join(" · ");
}
