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
  const shown = (count: number) => t("status.context", { used: format.count(count), length: format.count(length) });
  const words = t("status.contextInWords", { used: format.count(used), length: format.tokens(length) });
  return (
    <span className="flex items-center gap-2">
      {/* As wide as it can become: what stands after it stays where it is. */}
      <span aria-hidden style={{ minWidth: `${shown(length).length}ch` }}>
        {shown(used)}
      </span>
      <Meter label={t("status.contextUsed")} words={words} used={used} most={length} />
    </span>
  );
}
