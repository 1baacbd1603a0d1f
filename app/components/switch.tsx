interface SwitchProps {
  id: string;
  describedBy?: string | undefined;
  isOn: boolean;
  onChange: (isOn: boolean) => void;
}

/** On or off, at once. Its name is a label's. */
export function Switch({ id, describedBy, isOn, onChange }: SwitchProps) {
  return (
    <input
      id={id}
      type="checkbox"
      role="switch"
      aria-checked={isOn}
      className="switch"
      aria-describedby={describedBy}
      checked={isOn}
      onChange={({ target }) => onChange(target.checked)}
    />
  );
}
