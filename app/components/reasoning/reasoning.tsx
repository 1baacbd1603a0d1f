import { clsx } from "clsx";
import { type ReactNode, useRef, useState } from "react";
import { useWords } from "../../words/words-context";
import { useStickToEnd } from "../use-stick-to-end";
import { useThought } from "./use-thought";

interface ReasoningProps {
  /** Finished blocks of whole lines, and the lines still growing. */
  blocks: readonly string[];
  tail: string;
  isThinking: boolean;
  /** Whether it is open once the thinking is over and the person has not said otherwise. */
  isOpenAfter: boolean;
  /** How long it has thought, and how fast. */
  line: ReactNode;
  /** What can be done while it thinks, beside the line. */
  children: ReactNode;
}

/**
 * What the model thought: open in a bounded, following viewport while it thinks, folded into a line after. Its text is
 * no Markdown, since a product like 2*5 is no emphasis.
 */
export function Reasoning(props: ReasoningProps) {
  const { blocks, tail, isThinking, isOpenAfter, line, children } = props;
  const { t } = useWords();
  const [chosen, setChosen] = useState<boolean | null>(null);
  const viewport = useRef<HTMLElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const isOpen = chosen ?? (isThinking || isOpenAfter);
  useThought(content, viewport, { blocks, tail, isGrowing: isThinking });
  useStickToEnd(viewport, content, isThinking && isOpen);
  return (
    <div className={clsx("thought", isThinking && "thought-live")}>
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
          {line}
        </summary>
        <section
          ref={viewport}
          className={clsx("reasoning-lines", isThinking || chosen === null ? "max-h-[40vh]" : "max-h-[60vh]")}
          aria-label={t("reasoning.text")}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must reach it.
          tabIndex={0}
        >
          <div ref={content} />
        </section>
      </details>
      {isThinking && <div className="thought-side">{children}</div>}
    </div>
  );
}
