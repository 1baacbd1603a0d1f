import { clsx } from "clsx";
import type { Examination } from "../../library/protocol";
import { useWords } from "../../words/words-context";
import type { Verdict } from "./verdict";

interface CostReportProps {
  examination: Examination;
  verdict: Verdict;
  /** The bytes come from this device's disk. */
  isLocal: boolean;
}

/** What getting a model costs, and whether this device can run it. */
export function CostReport({ examination, verdict, isLocal }: CostReportProps) {
  const { t, format } = useWords();
  const { readBytes, storedBytes, freeBytes, device, adapter } = examination;
  const { weightBytes, stateBytes, cacheBytes, totalBytes, checkpointBytes } = device.need;
  const size = format.bytes(storedBytes);
  const memory = {
    total: format.bytes(totalBytes),
    weights: format.bytes(weightBytes),
    state: format.bytes(stateBytes + cacheBytes),
    tokens: format.tokens(device.contextLength),
    checkpoints: format.bytes(checkpointBytes),
  };
  return (
    <div className="space-y-3">
      <dl className="cost">
        <dt>{t(isLocal ? "cost.toBeRead" : "cost.download")}</dt>
        <dd>{format.bytes(readBytes)}</dd>
        <dt>{t("cost.storage")}</dt>
        <dd>{freeBytes === undefined ? size : t("cost.storageAndFree", { size, free: format.bytes(freeBytes) })}</dd>
        <dt>{t("cost.graphicsMemory")}</dt>
        <dd>{t("cost.memoryParts", memory)}</dd>
        <dt>{t("cost.adapter")}</dt>
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
