import { clsx } from "clsx";
import { Component, memo, type ReactNode } from "react";
import { CodeBlock } from "./code-block";
import { fencedCode } from "./fenced-code";
import { GoesOn, Parsed } from "./parsed";
import { SetParagraph } from "./set-paragraph";
import { SetTable } from "./set-table";
import { splitParagraph } from "./split-paragraph";
import { mayBecomeTable, splitTable } from "./split-table";
import { withoutMark } from "./without-mark";

/** Above this what is parsed at once is shown as plain text: nobody reads it, and parsing it could take seconds. */
const MOST_CHARACTERS = 20_000;

/** Quotes and lists in each other, so deep that nobody meant it: the parser would take seconds, or overflow its stack. */
const TOO_DEEP = /^(?:[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])[ \t])){40}/m;

interface MarkdownBlockProps {
  source: string;
  /** It is not its turn yet. */
  isPlain: boolean;
  /** It is a list that the block before it has begun. */
  goesOn: boolean;
  /** More may follow: what is half written at the end is held back. */
  isGrowing: boolean;
}

/** One block of Markdown from the model: no HTML, no images, no links that lead anywhere. */
export const MarkdownBlock = memo(function MarkdownBlock({
  source: written,
  isPlain,
  goesOn,
  isGrowing,
}: MarkdownBlockProps) {
  const plain = <p className={clsx("whitespace-pre-wrap", goesOn && "goes-on")}>{written}</p>;
  if (isPlain) return plain;
  const code = fencedCode(written, isGrowing);
  if (code !== undefined) return <CodeBlock text={code} />;
  const source = isGrowing ? withoutMark(written) : written;
  if (TOO_DEEP.test(source)) return plain;
  if (isGrowing && mayBecomeTable(source)) return null;
  const table = splitTable(source);
  const parts = table ? [table.head, ...table.groups] : splitParagraph(source);
  if (parts.some(({ length }) => length > MOST_CHARACTERS)) return plain;
  return <PlainOnError plain={plain}>{setIn()}</PlainOnError>;

  function setIn(): ReactNode {
    if (table) return <SetTable source={source} parts={table} isGrowing={isGrowing} />;
    if (parts.length > 1) return <SetParagraph parts={parts} isGrowing={isGrowing} />;
    return (
      <GoesOn value={goesOn}>
        <Parsed source={source} isGrowing={isGrowing} />
      </GoesOn>
    );
  }
});

/** Nesting thousands deep overflows the parser's stack: then the text is shown as it is. */
class PlainOnError extends Component<{ plain: ReactNode; children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override render() {
    return this.state.hasFailed ? this.props.plain : this.props.children;
  }
}
