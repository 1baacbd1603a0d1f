import { ContextMeter } from "../components/context-meter";
import { useWords } from "../words/words-context";
import { useSessionState } from "./session-context";
import { useProgress } from "./use-progress";

/** Speed, context and the graphics adapter, in one quiet line. */
export function StatusLine() {
  const { t, format } = useWords();
  const model = useSessionState(({ engine }) => (engine.status === "ready" ? engine.model : null));
  const progress = useProgress();
  if (!model) return null;
  return (
    <div className="status-line">
      <ContextMeter used={progress?.contextUsed ?? 0} length={progress?.contextLength ?? model.contextLength} />
      {progress && progress.tokensPerSecond > 0 && (
        <span>{t("status.rate", { rate: format.rate(progress.tokensPerSecond) })}</span>
      )}
      <span className="adapter">
        {model.isSoftwareAdapter && <span className="slow-warning">{t("status.slow")}</span>}
        <span className="truncate" title={model.adapter}>
          {model.adapter}
        </span>
      </span>
    </div>
  );
}
