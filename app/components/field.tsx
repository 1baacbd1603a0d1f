import { type ComponentProps, useId } from "react";

interface FieldProps extends ComponentProps<"input"> {
  label: string;
  /** What the person should know about it, below the field. */
  explanation?: string;
}

/** A line to write in, with its name above. */
export function Field({ label, explanation, ...input }: FieldProps) {
  const id = useId();
  return (
    <div className="space-y-1">
      <label htmlFor={id} className="block text-sm font-medium">
        {label}
      </label>
      <input
        id={id}
        className="field"
        autoComplete="off"
        spellCheck={false}
        aria-describedby={explanation && `${id}-explanation`}
        {...input}
      />
      {explanation && (
        <p id={`${id}-explanation`} className="text-xs text-muted">
          {explanation}
        </p>
      )}
    </div>
  );
}
