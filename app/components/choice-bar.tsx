import { useId } from "react";

interface ChoiceBarProps<T extends string> {
  label: string;
  describedBy?: string | undefined;
  value: T;
  options: readonly { readonly value: T; readonly label: string; readonly lang?: string }[];
  onChange: (value: T) => void;
}

/** One of a few, all in sight. */
export function ChoiceBar<T extends string>({ label, describedBy, value, options, onChange }: ChoiceBarProps<T>) {
  const name = useId();
  return (
    <fieldset className="choices" aria-label={label} aria-describedby={describedBy}>
      {options.map((option) => (
        <label key={option.value} lang={option.lang}>
          <input type="radio" name={name} checked={option.value === value} onChange={() => onChange(option.value)} />
          {option.label}
        </label>
      ))}
    </fieldset>
  );
}
