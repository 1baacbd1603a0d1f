import "katex/dist/katex.min.css";
import { useMemo } from "react";
import { MarkdownBlock } from "./markdown-block";
import { Result } from "./result";
import { splitBlocks } from "./split-blocks";
import { useSetBlocks } from "./use-set-blocks";

interface MarkdownProps {
  text: string;
  isGrowing: boolean;
  /** It is seen before anything else. */
  isFirst: boolean;
}

/**
 * Markdown with formulas, block by block: while the text grows, only the last block is set anew; one that is there from
 * the start is plain until its turn comes. Its result stands below.
 */
export function Markdown({ text, isGrowing, isFirst }: MarkdownProps) {
  const blocks = useMemo(() => splitBlocks(text), [text]);
  const isSet = useSetBlocks(blocks, { isGrowing, isFirst });
  return (
    <>
      {blocks.map((source, index) => {
        const isLast = index === blocks.length - 1;
        return !isSet(index) ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: blocks only ever come at the end.
          <p key={index} className="whitespace-pre-wrap">
            {source}
          </p>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: as above.
          <MarkdownBlock key={index} source={source} isGrowing={isGrowing && isLast} />
        );
      })}
      {!isGrowing && <Result answer={text} />}
    </>
  );
}

/** The fonts that nearly every formula needs, asked for before the first formula is there. */
export function loadFormulaFonts(): void {
  for (const font of ["1em KaTeX_Main", "italic 1em KaTeX_Math"]) void document.fonts.load(font);
}
