import { type ComponentProps, createContext, type ReactNode, use } from "react";
import Markdown, { type Components, type ExtraProps } from "react-markdown";
import remarkGfm from "remark-gfm";
import { useWords } from "../../words/words-context";
import { closeEmphasis } from "./close-emphasis";
import { CodeBlock } from "./code-block";
import { Formula } from "./formula";
import { type Lifted, liftFormulas } from "./lift-formulas";
import { placeFormulas, writtenIn } from "./place-formulas";
import { TableBlock } from "./table-block";
import { tableAsMarkdown } from "./table-text";

const REMARK_PLUGINS = [remarkGfm];
const REHYPE_PLUGINS = [placeFormulas];

/** Code in lines of its own: there stars are stars. */
const FENCE = /^[ \t>]*(`{3}|~{3})/m;

interface ParsedProps {
  source: string;
  /** More may follow: a half-written formula at the end is held back. */
  isGrowing: boolean;
  /** Always the same object: React would take new ones for others and set every formula anew. */
  components?: Components;
}

/** Markdown from the model: no HTML, no images, no links that lead anywhere. */
export function Parsed({ source, isGrowing, components = COMPONENTS }: ParsedProps) {
  const lifted = liftFormulas(source, isGrowing);
  return (
    <LiftedContext value={lifted}>
      <Markdown remarkPlugins={REMARK_PLUGINS} rehypePlugins={REHYPE_PLUGINS} components={components}>
        {isGrowing && !FENCE.test(source) ? closeEmphasis(lifted.markdown) : lifted.markdown}
      </Markdown>
    </LiftedContext>
  );
}

/** Parses a little, so that the first block of the first answer finds the parser compiled. */
export function warmUp(): void {
  const children = "A *b* `c`\n\n- d\n\n| e |\n|---|\n| f |";
  Markdown({ remarkPlugins: REMARK_PLUGINS, rehypePlugins: REHYPE_PLUGINS, components: COMPONENTS, children });
}

/** What the components stand in. */
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

/** One in a list or a quote. */
function Table({ node, children }: ExtraProps & { children?: ReactNode }) {
  const { markdown, formulas } = use(LiftedContext);
  const { start, end } = node?.position ?? {};
  const written = () => tableAsMarkdown(markdown.slice(start?.offset, end?.offset), formulas);
  return (
    <TableBlock markdown={written} isGrowing={false}>
      <table>{children}</table>
    </TableBlock>
  );
}

/** Whether a list goes on with the one before it. */
export const GoesOn = createContext(false);

const useListClass = () => (use(GoesOn) ? "goes-on" : undefined);

function Numbered({ children, start }: ComponentProps<"ol">) {
  return (
    <ol start={start} className={useListClass()}>
      {children}
    </ol>
  );
}

function Bulleted({ children }: ComponentProps<"ul">) {
  return <ul className={useListClass()}>{children}</ul>;
}

/** How the elements of Markdown are shown. */
export const COMPONENTS: Components = {
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
  ol: Numbered,
  ul: Bulleted,
  img: ({ alt }) => <ImageName alt={alt} />,
};

function ImageName({ alt }: { alt: string | undefined }) {
  const { t } = useWords();
  return <span className="text-muted">[{alt || t("conversation.image")}]</span>;
}
