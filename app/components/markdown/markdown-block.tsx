import { Component, createContext, memo, type ReactNode, use } from "react";
import Markdown, { type Components, type ExtraProps } from "react-markdown";
import remarkGfm from "remark-gfm";
import { useWords } from "../../words/words-context";
import { CodeBlock } from "./code-block";
import { Formula } from "./formula";
import { type Lifted, liftFormulas } from "./lift-formulas";
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
  return (
    <PlainOnError plain={plain}>
      <Parsed lifted={liftFormulas(source, isGrowing)} />
    </PlainOnError>
  );
});

function Parsed({ lifted }: { lifted: Lifted }) {
  return (
    <LiftedContext value={lifted}>
      <Markdown remarkPlugins={REMARK_PLUGINS} rehypePlugins={REHYPE_PLUGINS} components={COMPONENTS}>
        {lifted.markdown}
      </Markdown>
    </LiftedContext>
  );
}

/** The block around a component. Components are made once: React would take new ones for others and set every formula anew. */
const LiftedContext = createContext<Lifted>({ markdown: "", formulas: [] });

/** The only spans in the tree are those that placeFormulas made. */
function Placed({ node }: ExtraProps) {
  const formula = use(LiftedContext).formulas[Number(node?.properties.dataFormula)];
  return formula && <Formula {...formula} />;
}

function Code({ node }: ExtraProps) {
  const { formulas } = use(LiftedContext);
  return <CodeBlock text={node ? writtenIn(node, formulas) : ""} />;
}

function Table({ node, children }: ExtraProps & { children?: ReactNode }) {
  const { markdown, formulas } = use(LiftedContext);
  return (
    node && (
      <TableBlock markdown={() => tableAsMarkdown(node, markdown, formulas)} tsv={() => tableAsTsv(node, formulas)}>
        {children}
      </TableBlock>
    )
  );
}

const COMPONENTS: Components = {
  span: Placed,
  pre: Code,
  table: Table,
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
