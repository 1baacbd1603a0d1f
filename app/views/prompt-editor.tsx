import { useEffect, useRef, useState } from "react";
import { Button } from "../components/button";
import { useWords } from "../words/words-context";
import { keysInWords } from "./keycaps-of";

interface PromptEditorProps {
  prompt: string;
  /** Otherwise what is written waits. */
  canAsk: boolean;
  /** It is to be asked. */
  onDone: (prompt: string) => void;
  /** It was given up. */
  onEnd: () => void;
}

/** A prompt, edited in its place. Ctrl+Enter asks it, Escape gives the change up; Enter begins a line. */
export function PromptEditor({ prompt, canAsk, onDone, onEnd }: PromptEditorProps) {
  const words = useWords();
  const { t } = words;
  const [text, setText] = useState(prompt);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    field.current?.focus();
    field.current?.setSelectionRange(-1, -1);
  }, []);
  const isDisabled = !canAsk || text.trim() === "";
  const done = () => {
    if (!isDisabled) onDone(text);
  };
  return (
    <form
      className="prompt-editor"
      onSubmit={(event) => {
        event.preventDefault();
        done();
      }}
    >
      <textarea
        ref={field}
        aria-label={t("turn.prompt")}
        value={text}
        rows={Math.min(12, text.split("\n").length + 1)}
        dir="auto"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          const isDone = event.key === "Enter" && (event.ctrlKey || event.metaKey);
          if (!isDone && event.key !== "Escape") return;
          event.preventDefault();
          if (isDone) done();
          else onEnd();
        }}
      />
      <div className="flex justify-end gap-2">
        <Button onClick={onEnd}>{t("cancel")}</Button>
        <Button
          look="solid"
          type="submit"
          aria-disabled={isDisabled}
          title={t("turn.askByKey", { keys: keysInWords({ key: "Enter", mod: true }, words) })}
        >
          {t("turn.ask")}
        </Button>
      </div>
    </form>
  );
}
