import { useWords } from "../../words/words-context";
import { CopyButton } from "../copy-button";

/** Code in lines of its own: it scrolls sideways and can be copied. */
export function CodeBlock({ text }: { text: string }) {
  const { t } = useWords();
  return (
    <div className="code-frame">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: wide code scrolls, and the keyboard must reach it. */}
      <pre className="scroll-x" tabIndex={0}>
        <code>{text}</code>
      </pre>
      <CopyButton label={t("answer.copyCode")} text={text.replace(/\n$/, "")} />
    </div>
  );
}
