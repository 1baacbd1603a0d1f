import { useEffect, useRef } from "react";

interface EditLineProps {
  label: string;
  text: string;
  /** What was written; not called when it was given up. */
  onDone: (text: string) => void;
  onEnd: () => void;
}

/** One line, edited in its place. Enter and leaving it keep what is written, Escape gives it up. */
export function EditLine({ label, text, onDone, onEnd }: EditLineProps) {
  const field = useRef<HTMLInputElement>(null);
  const isOver = useRef(false);
  useEffect(() => field.current?.select(), []);
  const end = (isKept: boolean) => {
    if (isOver.current) return;
    isOver.current = true;
    if (isKept && field.current) onDone(field.current.value);
    onEnd();
  };
  return (
    <input
      ref={field}
      className="field edit-line"
      aria-label={label}
      defaultValue={text}
      dir="auto"
      maxLength={200}
      onBlur={() => end(true)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.nativeEvent.isComposing) return;
        if (event.key === "Enter" || event.key === "Escape") {
          event.preventDefault();
          end(event.key === "Enter");
        }
      }}
    />
  );
}
