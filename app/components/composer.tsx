import { ArrowUp, Square } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef } from "react";
import { useWords } from "../words/words-context";

interface ComposerProps {
  /** Of the field, for those who bring the focus there. */
  id: string;
  draft: string;
  /** Why the draft was not accepted. */
  hint: string | null;
  isRunning: boolean;
  onDraft: (draft: string) => void;
  onSend: () => void;
  onStop: () => void;
}

/** Where a problem is written. Enter sends, Shift+Enter begins a line; while a reply is running, Send is Stop. */
export function Composer({ id, draft, hint, isRunning, onDraft, onSend, onStop }: ComposerProps) {
  const { t } = useWords();
  const field = useRef<HTMLTextAreaElement>(null);
  const hintId = useId();
  useGrowingHeight(field, draft);
  useEffect(() => {
    // On a phone this would bring up the keyboard over the page.
    if (matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || isComposing(event)) return;
    // While a reply is running, that is what the page's shortcuts do with these keys.
    if (isRunning && (event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (!isRunning) onSend();
  };
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        onSend();
        field.current?.focus();
      }}
    >
      <textarea
        ref={field}
        id={id}
        aria-label={t("composer.message")}
        aria-invalid={hint !== null}
        aria-describedby={hint === null ? undefined : hintId}
        rows={1}
        dir="auto"
        value={draft}
        placeholder={t("composer.placeholder")}
        onChange={(event) => onDraft(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <SendOrStop isRunning={isRunning} onStop={onStop} />
      {hint !== null && (
        <p id={hintId} role="alert" className="composer-hint">
          {hint}
        </p>
      )}
    </form>
  );
}

/** One button, so that the focus stays on it when its meaning changes. */
function SendOrStop({ isRunning, onStop }: Pick<ComposerProps, "isRunning" | "onStop">) {
  const { t } = useWords();
  return (
    <button
      type={isRunning ? "button" : "submit"}
      className="composer-button"
      aria-label={t(isRunning ? "composer.stop" : "composer.send")}
      title={t(isRunning ? "composer.stopByKey" : "composer.sendByKey")}
      onClick={isRunning ? onStop : undefined}
    >
      {isRunning ? <Square aria-hidden className="size-4 fill-current" /> : <ArrowUp aria-hidden className="size-5" />}
    </button>
  );
}

/** Enter that ends the choice of a character, in Japanese or Chinese, sends nothing. Safari reports it as key 229. */
const isComposing = ({ nativeEvent }: KeyboardEvent): boolean => nativeEvent.isComposing || nativeEvent.keyCode === 229;

/** As many lines as are written; the style sheet says how many at most. */
function useGrowingHeight(field: React.RefObject<HTMLTextAreaElement | null>, text: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text.
  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [field, text]);
}
