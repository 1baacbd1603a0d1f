import { Component, memo, type ReactNode } from "react";
import Markdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { useWords } from "../../words/words-context";
import { CodeBlock } from "./code-block";
import { Formula } from "./formula";
import { liftFormulas, type Formula as Tex } from "./lift-formulas";
import { placeFormulas, writtenIn } from "./place-formulas";
import { TableBlock } from "./table-block";
import { tableAsMarkdown, tableAsTsv } from "./table-text";

/** Above this a block is shown as plain text: nobody reads it, and parsing it could take seconds. */
const MOST_CHARACTERS = 20_000;

/** Quotes and lists in each other, so deep that nobody meant it: the parser would take seconds, or overflow its stack. */
const TOO_DEEP = /^(?:[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])[ \t])){40}/m;

const REMARK_PLUGINS = [remarkGfm];
const REHYPE_PLUGINS = [placeFormulas];

interface MarkdownBlockProps {
  source: string;
  /** More may follow: what is half written at the end is held back. */
  isGrowing: boolean;
}

/** One block of Markdown from the model: no HTML, no images, no links that lead anywhere. */
export const MarkdownBlock = memo(function MarkdownBlock({ source, isGrowing }: MarkdownBlockProps) {
  const plain = <p className="whitespace-pre-wrap">{source}</p>;
  if (source.length > MOST_CHARACTERS || TOO_DEEP.test(source)) return plain;
  const { markdown, formulas } = liftFormulas(source, isGrowing);
  return (
    <PlainOnError plain={plain}>
      <Markdown
        remarkPlugins={REMARK_PLUGINS}
        rehypePlugins={REHYPE_PLUGINS}
        components={componentsFor(markdown, formulas)}
      >
        {markdown}
      </Markdown>
    </PlainOnError>
  );
});

function componentsFor(markdown: string, formulas: readonly Tex[]): Components {
  return {
    ...COMPONENTS,
    span: (props) => placed(formulas, props as { "data-formula"?: string }),
    pre: ({ node }) => <CodeBlock text={node ? writtenIn(node, formulas) : ""} />,
    table: ({ node, children }) =>
      node && (
        <TableBlock markdown={() => tableAsMarkdown(node, markdown, formulas)} tsv={() => tableAsTsv(node, formulas)}>
          {children}
        </TableBlock>
      ),
  };
}

/** The only spans in the tree are those that placeFormulas made. */
function placed(formulas: readonly Tex[], { "data-formula": number }: { "data-formula"?: string }): ReactNode {
  const formula = formulas[Number(number)];
  return formula && <Formula {...formula} />;
}

const COMPONENTS: Components = {
  // A link from a model may lead anywhere, or carry the conversation away: its address is shown, not followed.
  a: ({ href, children }) => (
    <>
      {children}
      {href && String(children) !== href && <span className="text-muted"> ({href})</span>}
    </>
  ),
  // Those of footnotes have ids, which are the page's to give.
  h2: ({ children }) => <h2>{children}</h2>,
  li: ({ children }) => <li>{children}</li>,
  img: ({ alt }) => <ImageName alt={alt} />,
};

function ImageName({ alt }: { alt: string | undefined }) {
  const { t } = useWords();
  return <span className="text-muted">[{alt || t("conversation.image")}]</span>;
}

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
