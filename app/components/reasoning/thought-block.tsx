import { memo, useRef } from "react";
import { useFormulasInView } from "./use-formulas-in-view";
import { useGrowingText } from "./use-growing-text";

interface ThoughtBlockProps {
  text: string;
  /** Nothing more comes to it. */
  isFinished: boolean;
}

/** A piece of reasoning: plain text, and once it is finished and in view, with its formulas typeset. */
export const ThoughtBlock = memo(function ThoughtBlock({ text, isFinished }: ThoughtBlockProps) {
  const place = useRef<HTMLDivElement>(null);
  useGrowingText(place, text);
  useFormulasInView(place, text, isFinished);
  return <div ref={place} className="reasoning-block" />;
});
