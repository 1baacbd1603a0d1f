import { clsx } from "clsx";
import { formatBytes, formatCount } from "../../components/format";
import type { Examination } from "../../library/protocol";
import type { Verdict } from "./verdict";

interface CostReportProps {
  examination: Examination;
  verdict: Verdict;
  /** The bytes come from this device's disk. */
  isLocal: boolean;
}

/** What getting a model costs, and whether this device can run it. */
export function CostReport({ examination, verdict, isLocal }: CostReportProps) {
  const { readBytes, storedBytes, freeBytes, device, adapter } = examination;
  const { weightBytes, stateBytes, cacheBytes, totalBytes } = device.need;
  const free = freeBytes === undefined ? "" : `; ${formatBytes(freeBytes)} are free`;
  return (
    <div className="space-y-3">
      <dl className="cost">
        <dt>{isLocal ? "To be read" : "Download"}</dt>
        <dd>{formatBytes(readBytes)}</dd>
        <dt>Storage</dt>
        <dd>
          {formatBytes(storedBytes)}
          {free}
        </dd>
        <dt>Graphics memory</dt>
        <dd>
          {formatBytes(totalBytes)}: {formatBytes(weightBytes)} for the weights, {formatBytes(stateBytes + cacheBytes)}{" "}
          for up to {formatCount(device.contextLength)} tokens of context
        </dd>
        <dt>Graphics adapter</dt>
        <dd>{adapter}</dd>
      </dl>
      <div role="status" className={clsx("verdict", verdict.answer === "no" && "verdict-no")}>
        {verdict.sentences.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </div>
    </div>
  );
}
