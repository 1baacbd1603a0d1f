import "katex/dist/katex.min.css";
import { MarkdownBlock } from "./markdown-block";
import { Result } from "./result";
import { splitBlocks } from "./split-blocks";

interface MarkdownProps {
  text: string;
  isGrowing: boolean;
}

/** Markdown with formulas, block by block: while the text grows, only the last block is set anew. Its result stands below. */
export function Markdown({ text, isGrowing }: MarkdownProps) {
  const blocks = splitBlocks(text);
  return (
    <>
      {blocks.map((source, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: blocks only ever come at the end.
        <MarkdownBlock key={index} source={source} isGrowing={isGrowing && index === blocks.length - 1} />
      ))}
      {!isGrowing && <Result answer={text} />}
    </>
  );
}

/** The fonts that nearly every formula needs, asked for before the first formula is there. */
export function loadFormulaFonts(): void {
  for (const font of ["1em KaTeX_Main", "italic 1em KaTeX_Math"]) void document.fonts.load(font);
}
