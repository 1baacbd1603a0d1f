import { Check, Copy } from "lucide-react";
import { useWords } from "../words/words-context";
import { useCopy } from "./use-copy";

interface CopyButtonProps {
  /** What it does. */
  label: string;
  /** What takes work to put together is put together when it is asked for. */
  text: string | (() => string);
  /** Whether the label is on the button, or only its name. */
  isWordy?: boolean;
}

/** Copies a text, and says so for a moment. */
export function CopyButton({ label, text, isWordy = false }: CopyButtonProps) {
  const { t } = useWords();
  const { isCopied, copy } = useCopy();
  const Sign = isCopied ? Check : Copy;
  const now = isCopied ? t("turn.copied") : label;
  return (
    <button
      type="button"
      className={isWordy ? "copy-button copy-button-wordy" : "copy-button"}
      aria-label={isWordy ? undefined : now}
      title={isWordy ? undefined : now}
      onClick={() => copy(typeof text === "string" ? text : text())}
    >
      <Sign aria-hidden className="size-3.5 shrink-0" />
      {isWordy && now}
    </button>
  );
}
