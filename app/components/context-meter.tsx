import { useWords } from "../words/words-context";
import { Meter } from "./meter";

interface ContextMeterProps {
  /** Tokens. */
  used: number;
  length: number;
}

/** How much of the model's context the conversation fills. */
export function ContextMeter({ used, length }: ContextMeterProps) {
  const { t, format } = useWords();
  const words = t("status.contextInWords", { used: format.count(used), length: format.tokens(length) });
  return (
    <span className="flex items-center gap-2">
      <span aria-hidden>{t("status.context", { used: format.count(used), length: format.count(length) })}</span>
      <Meter label={t("status.contextUsed")} words={words} used={used} most={length} />
    </span>
  );
}
