import { ContextMeter } from "../components/context-meter";
import { formatRate } from "../components/format";
import { useSessionState } from "./session-context";

/** Speed, context and the graphics adapter, in one quiet line. */
export function StatusLine() {
  const model = useSessionState(({ engine }) => (engine.status === "ready" ? engine.model : null));
  const progress = useSessionState(
    ({ turns, forgotten }) => turns.slice(forgotten).findLast((turn) => turn.progress !== null)?.progress,
  );
  if (!model) return null;
  return (
    <div className="status-line">
      <ContextMeter used={progress?.contextUsed ?? 0} length={progress?.contextLength ?? model.contextLength} />
      {progress && progress.tokensPerSecond > 0 && <span>{formatRate(progress.tokensPerSecond)} tokens/s</span>}
      <span className="adapter">
        {model.isSoftwareAdapter && <span className="slow-warning">No graphics card: slow but right</span>}
        <span className="truncate" title={model.adapter}>
          {model.adapter}
        </span>
      </span>
    </div>
  );
}
