import { clsx } from "clsx";
import { useId, useState } from "react";
import { parseNumber } from "../words/format";
import { useWords } from "../words/words-context";

interface NumberFieldProps {
  /** The id of the field, for its label. */
  id?: string | undefined;
  /** Its name, where no label stands beside it. */
  label?: string | undefined;
  describedBy?: string | undefined;
  value: number;
  isAllowed: (value: number) => boolean;
  /** What may be written, said when something else is. */
  hint: string;
  onChange: (value: number) => void;
}

/** A number to type. What may not be is told at once, and goes nowhere. */
export function NumberField({ id, label, describedBy, value, isAllowed, hint, onChange }: NumberFieldProps) {
  const { format } = useWords();
  const [draft, setDraft] = useState<{ text: string; value: number } | null>(null);
  const hintId = useId();
  // What was typed is for the value that it found or made: once that has another, it is of the past.
  const typed = draft?.value === value ? draft.text : null;
  const isWrong = typed !== null && !isAllowed(parseNumber(typed));
  const onTyped = (text: string) => {
    const number = parseNumber(text);
    setDraft({ text, value: isAllowed(number) ? number : value });
    if (isAllowed(number)) onChange(number);
  };
  return (
    <span className="number-field">
      <input
        id={id}
        className={clsx("field", isWrong && "field-wrong")}
        inputMode="decimal"
        autoComplete="off"
        aria-label={label}
        aria-invalid={isWrong}
        aria-describedby={clsx(isWrong && hintId, describedBy) || undefined}
        value={typed ?? format.plain(value)}
        onChange={({ target }) => onTyped(target.value)}
        onBlur={() => !isWrong && setDraft(null)}
      />
      {/* Always there, so that what comes into it is heard. */}
      <span id={hintId} role="status" className="number-hint">
        {isWrong && hint}
      </span>
    </span>
  );
}
