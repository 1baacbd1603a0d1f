import { NumberField } from "../../components/number-field";
import { Setting } from "../../components/setting";
import { isInRange, type NumberChoice, RANGES } from "../../state/choices";
import type { Words } from "../../words/words";
import { useWords } from "../../words/words-context";
import { useChoice } from "./use-choice";

interface NumberSettingProps {
  name: "temperature" | "topP" | "topK" | "minP" | "maxTokens";
  standard: number;
  /** A slider goes beside the field, in steps of this. */
  step?: number;
}

/** A setting that is a number: typed, or drawn along a slider. */
export function NumberSetting({ name, standard, step }: NumberSettingProps) {
  const words = useWords();
  const { value, choose, setting } = useChoice(name, standard);
  const label = words.t(`settings.${name}`);
  const { most } = RANGES[name];
  return (
    <Setting label={label} explanation={words.t(`settings.${name}Hint`)} {...setting}>
      {step !== undefined && (
        <input
          type="range"
          className="slider"
          aria-label={label}
          min={name === "topP" ? step : 0}
          max={most}
          step={step}
          value={value}
          onChange={({ target }) => choose(target.valueAsNumber)}
        />
      )}
      <NumberField
        id={setting.controlId}
        describedBy={setting.explanationId}
        value={value}
        isAllowed={(typed) => isInRange(name, typed)}
        hint={rangeHint(words, name)}
        onChange={choose}
      />
    </Setting>
  );
}

/** What a number may be, in a sentence. */
export function rangeHint({ t, format }: Words, name: NumberChoice): string {
  const { least, most, isWhole } = RANGES[name];
  const said = { least: format.plain(least), most: format.count(most) };
  if (name === "topP") return t("settings.above", said);
  return t(isWhole ? "settings.wholeBetween" : "settings.between", said);
}
