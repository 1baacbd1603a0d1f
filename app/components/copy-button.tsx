import { clsx } from "clsx";
import { Check, Copy } from "lucide-react";
import { useWords } from "../words/words-context";
import { useCopy } from "./use-copy";

interface CopyButtonProps {
  /** What it does. */
  label: string;
  /** What takes work to put together is put together when it is asked for. */
  text: string | (() => string);
  /** The part of the label that stands on the button; without one it has a sign only. */
  word?: string;
}

/** Copies a text, and says so for a moment. */
export function CopyButton({ label, text, word }: CopyButtonProps) {
  const { t } = useWords();
  const { isCopied, copy } = useCopy();
  const Sign = isCopied ? Check : Copy;
  const now = isCopied ? t("turn.copied") : label;
  return (
    <button
      type="button"
      className={clsx("copy-button", word && "copy-button-wordy")}
      aria-label={now}
      title={now}
      onClick={() => copy(typeof text === "string" ? text : text())}
    >
      <Sign aria-hidden className="size-3.5 shrink-0" />
      {word && (isCopied ? now : word)}
    </button>
  );
}
