import { ChevronRight } from "lucide-react";
import { useWords } from "../../words/words-context";

interface ReasoningLineProps {
  isThinking: boolean;
  tokens: number;
  elapsedMs: number;
  tokensPerSecond: number;
}

/** How long it has thought, and how fast. While it thinks, a narrow page has two lines for that from the start. */
export function ReasoningLine({ isThinking, tokens, elapsedMs, tokensPerSecond }: ReasoningLineProps) {
  const { t, format } = useWords();
  const amount = { duration: format.duration(elapsedMs) };
  const rate = isThinking && tokensPerSecond > 0 && t("status.rate", { rate: format.rate(tokensPerSecond) });
  return (
    <>
      <ChevronRight aria-hidden className="reasoning-chevron size-4 shrink-0" />
      <span className="sr-only">{t("reasoning.prefix")}</span>
      <span className="reasoning-counts">
        <span className={isThinking ? "reasoning-live" : undefined}>
          {isThinking ? t("reasoning.thinking", amount) : t("reasoning.thought", amount)}
        </span>
        <span className="reasoning-dot"> · </span>
        <span>
          {format.tokens(tokens)}
          {rate && ` · ${rate}`}
        </span>
      </span>
    </>
  );
}
