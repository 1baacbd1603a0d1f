import { RotateCcw } from "lucide-react";
import type { ReactNode } from "react";
import { useWords } from "../words/words-context";

interface SettingProps {
  label: string;
  /** Of the one control that the label is for; left out where the control has its own name. */
  controlId?: string | undefined;
  explanation?: string | undefined;
  explanationId?: string | undefined;
  /** Takes the choice back; undefined while there is none. */
  onReset?: (() => void) | undefined;
  children: ReactNode;
}

/** Something that can be chosen: its name, what it does, its control, and the way back. */
export function Setting({ label, controlId, explanation, explanationId, onReset, children }: SettingProps) {
  const { t } = useWords();
  const resetLabel = t("settings.resetOne", { name: label });
  return (
    <div className="setting">
      <div className="setting-name">
        {controlId ? <label htmlFor={controlId}>{label}</label> : <span aria-hidden>{label}</span>}
        {onReset && (
          <button type="button" className="setting-reset" aria-label={resetLabel} title={resetLabel} onClick={onReset}>
            <RotateCcw aria-hidden className="size-3.5" />
          </button>
        )}
      </div>
      <div className="setting-control">{children}</div>
      {explanation && (
        <p id={explanationId} className="setting-explanation">
          {explanation}
        </p>
      )}
    </div>
  );
}
