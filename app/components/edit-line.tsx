import { useEffect, useRef } from "react";

interface EditLineProps {
  label: string;
  text: string;
  /** What was written; not called when it was given up. */
  onDone: (text: string) => void;
  /** @param byKey whether a key ended it, and not that something else was chosen. */
  onEnd: (byKey: boolean) => void;
}

/** One line, edited in its place. Enter and leaving it keep what is written, Escape gives it up. */
export function EditLine({ label, text, onDone, onEnd }: EditLineProps) {
  const field = useRef<HTMLInputElement>(null);
  const isOver = useRef(false);
  useEffect(() => {
    // Selecting what is in it does not focus it in every browser.
    field.current?.focus();
    field.current?.select();
  }, []);
  const end = (isKept: boolean, byKey: boolean) => {
    if (isOver.current) return;
    isOver.current = true;
    if (isKept && field.current) onDone(field.current.value);
    onEnd(byKey);
  };
  return (
    <input
      ref={field}
      className="field edit-line"
      aria-label={label}
      defaultValue={text}
      dir="auto"
      maxLength={200}
      onBlur={() => end(true, false)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.nativeEvent.isComposing) return;
        if (event.key === "Enter" || event.key === "Escape") {
          event.preventDefault();
          end(event.key === "Enter", true);
        }
      }}
    />
  );
}
