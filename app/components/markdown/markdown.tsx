import "katex/dist/katex.min.css";
import { useMemo } from "react";
import { whenFree } from "../when-free";
import { MarkdownBlock } from "./markdown-block";
import { warmUp } from "./parsed";
import { Result } from "./result";
import { splitBlocks } from "./split-blocks";
import { isSameList } from "./split-list";
import { typeset } from "./typeset";
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
      {blocks.map((source, index) => (
        <MarkdownBlock
          // biome-ignore lint/suspicious/noArrayIndexKey: blocks only ever come at the end.
          key={index}
          source={source}
          isPlain={!isSet(index)}
          goesOn={isSameList(blocks[index - 1], source)}
          isGrowing={isGrowing && index === blocks.length - 1}
        />
      ))}
      {!isGrowing && <Result answer={text} />}
    </>
  );
}

/** Of letters, and of the larger signs of sums, fractions and brackets. */
const FONTS = ["1em KaTeX_Main", "italic 1em KaTeX_Math", "1em KaTeX_Size1", "1em KaTeX_Size2", "1em KaTeX_Size4"];

let isReady = false;

/** Asks for the fonts that nearly every formula needs, and sets a little for nobody: what is done first takes longest. */
export function makeReady(): void {
  if (isReady) return;
  isReady = true;
  for (const font of FONTS) void document.fonts.load(font);
  whenFree(warmUp);
  for (const tex of ["x_1^2 = y", "\\frac{1}{2}", "\\sum_{k=1}^n \\sqrt{k}"])
    whenFree(() => typeset(document.createElement("span"), { tex, isDisplay: true, source: tex }));
}
