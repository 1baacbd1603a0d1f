import { useWords } from "../../words/words-context";
import { CopyButton } from "../copy-button";

/** So many lines of code are one piece of text: the browser lays out anew only the piece to which something is added. */
const LINES = /(?:[^\n]*\n){1,24}|[^\n]+$/g;

/** Code in lines of its own: it scrolls sideways and can be copied. */
export function CodeBlock({ text }: { text: string }) {
  const { t } = useWords();
  const pieces = text.match(LINES) ?? [];
  return (
    <div className="code-frame">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: wide code scrolls, and the keyboard must reach it. */}
      <pre className="scroll-x" tabIndex={0}>
        <code>
          {pieces.map((piece, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: pieces only ever come at the end.
            <span key={index} className="code-lines">
              {piece}
            </span>
          ))}
        </code>
      </pre>
      <CopyButton label={t("answer.copyCode")} text={text.replace(/\n$/, "")} />
    </div>
  );
}
