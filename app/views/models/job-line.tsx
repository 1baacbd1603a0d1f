import { ProgressBar } from "../../components/progress-bar";
import type { Job } from "../../state/library-state";
import { timeLeftMs } from "../../state/transfer-rate";
import { percentOf } from "../../words/format";
import type { Words } from "../../words/words";
import { useWords } from "../../words/words-context";

/** How far a job has come: bytes, speed, and the time that is left. */
export function JobLine({ job }: { job: Job }) {
  const words = useWords();
  const { work, doneBytes, totalBytes, isEnding } = job;
  const label = words.t(`work.${isEnding ? "stopping" : work}`);
  const percent = totalBytes > 0 ? percentOf(doneBytes, totalBytes) : undefined;
  const amount = percent === undefined ? "" : amountOf(words, job, percent);
  return (
    <div className="space-y-2">
      <p className="text-sm font-medium">{label}</p>
      <ProgressBar label={label} percent={percent} description={amount || label} />
      <p className="min-h-5 text-sm text-muted tabular-nums">{amount}</p>
    </div>
  );
}

function amountOf({ t, format }: Words, { doneBytes, totalBytes, rate }: Job, percent: number): string {
  const left = timeLeftMs(rate, totalBytes - doneBytes);
  return [
    t("work.amount", { done: format.bytes(doneBytes), total: format.bytes(totalBytes) }),
    format.percent(percent),
    rate.bytesPerSecond > 0 && `${format.bytes(rate.bytesPerSecond)}/s`,
    left !== undefined && t("work.left", { time: format.roughly(left) }),
  ]
    .filter(Boolean)
    .join(" · ");
}
