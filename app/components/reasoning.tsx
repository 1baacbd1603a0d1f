import { clsx } from "clsx";
import { ChevronRight } from "lucide-react";
import { useRef, useState } from "react";
import { useWords } from "../words/words-context";
import { GrowingText } from "./growing-text";
import { useStickToEnd } from "./use-stick-to-end";

interface ReasoningProps {
  /** Finished blocks of whole lines, and the lines still growing. */
  blocks: readonly string[];
  tail: string;
  isThinking: boolean;
  /** Whether it is open once the thinking is over and the person has not said otherwise. */
  isOpenAfter: boolean;
  tokens: number;
  elapsedMs: number;
}

/**
 * What the model thought: open in a bounded, following viewport while it thinks, folded after. Plain text, since a
 * product like 2*5 is no emphasis; each finished block is laid out once.
 */
export function Reasoning({ blocks, tail, isThinking, isOpenAfter, tokens, elapsedMs }: ReasoningProps) {
  const { t, format } = useWords();
  const [chosen, setChosen] = useState<boolean | null>(null);
  const viewport = useRef<HTMLElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const isOpen = chosen ?? (isThinking || isOpenAfter);
  const amount = { duration: format.duration(elapsedMs), tokens: format.tokens(tokens) };
  useStickToEnd(viewport, content, isThinking && isOpen);
  return (
    <details
      className="reasoning"
      aria-label={t("reasoning.label")}
      open={isOpen}
      onToggle={() => {
        // Opened to be read, not to be followed: from its beginning.
        if (isOpen && !isThinking && viewport.current) viewport.current.scrollTop = 0;
      }}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a summary is a button by nature. */}
      <summary
        onClick={(event) => {
          event.preventDefault();
          setChosen(!isOpen);
        }}
      >
        <ChevronRight aria-hidden className="reasoning-chevron size-4 shrink-0" />
        <span className="sr-only">{t("reasoning.prefix")}</span>
        <span className={isThinking ? "reasoning-live" : undefined}>
          {isThinking ? t("reasoning.thinking", amount) : t("reasoning.thought", amount)}
        </span>
      </summary>
      <section
        ref={viewport}
        className={clsx("reasoning-lines", isThinking || chosen === null ? "max-h-56" : "max-h-[60vh]")}
        aria-label={t("reasoning.text")}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must reach it.
        tabIndex={0}
      >
        <div ref={content}>
          {[...blocks, tail].map((text, index) => (
            // The growing end becomes a finished block in its place: nothing moves.
            // biome-ignore lint/suspicious/noArrayIndexKey: blocks only ever come at the end.
            <GrowingText key={index} className="reasoning-block" text={index === 0 ? text.trimStart() : text} />
          ))}
        </div>
      </section>
    </details>
  );
}
