import { clsx } from "clsx";
import { useWords } from "../words/words-context";

interface ContextMeterProps {
  /** Tokens. */
  used: number;
  length: number;
}

/** Above this share the context is shown as nearly full. */
const NEARLY_FULL = 0.9;

/** How much of the model's context the conversation fills. */
export function ContextMeter({ used, length }: ContextMeterProps) {
  const { t, format } = useWords();
  const share = length > 0 ? Math.min(1, used / length) : 0;
  const words = t("status.contextInWords", { used: format.count(used), length: format.tokens(length) });
  return (
    <span className="flex items-center gap-2">
      <span aria-hidden>{t("status.context", { used: format.count(used), length: format.count(length) })}</span>
      {/* biome-ignore lint/a11y/useSemanticElements: a <meter> is drawn by each browser in its own way. */}
      <span
        role="meter"
        aria-label={t("status.contextUsed")}
        aria-valuemin={0}
        aria-valuemax={length}
        aria-valuenow={used}
        aria-valuetext={words}
        title={words}
        className="meter"
      >
        <span
          className={clsx("meter-fill", share >= NEARLY_FULL && "bg-warn")}
          style={{ transform: `scaleX(${share})` }}
        />
      </span>
    </span>
  );
}
