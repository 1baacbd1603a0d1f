import { ChoiceBar } from "../../components/choice-bar";
import { NumberField } from "../../components/number-field";
import { Setting } from "../../components/setting";
import { isInRange } from "../../state/choices";
import { useWords } from "../../words/words-context";
import { rangeHint } from "./number-setting";
import { useChoice } from "./use-choice";

const FIRST_BUDGET = 2_048;
const FIRST_SEED = 1;

/** The seed: another one for each reply, or always the same. */
export function SeedSetting() {
  const words = useWords();
  const { t } = words;
  const { value, choose, setting } = useChoice("seed", "random");
  const { controlId: _, ...rest } = setting;
  const options = [
    { value: "random", label: t("settings.seedRandom") },
    { value: "fixed", label: t("settings.seedFixed") },
  ] as const;
  return (
    <Setting label={t("settings.seed")} explanation={t("settings.seedHint")} {...rest}>
      <ChoiceBar
        label={t("settings.seed")}
        describedBy={setting.explanationId}
        value={value === "random" ? "random" : "fixed"}
        options={options}
        onChange={(kind) => choose(kind === "random" ? kind : FIRST_SEED)}
      />
      {value !== "random" && (
        <NumberField
          label={t("settings.seedNumber")}
          value={value}
          isAllowed={(typed) => isInRange("seed", typed)}
          hint={rangeHint(words, "seed")}
          onChange={choose}
        />
      )}
    </Setting>
  );
}

/** The thinking budget: none, or so many tokens. */
export function BudgetSetting() {
  const words = useWords();
  const { t } = words;
  const { value, choose, setting } = useChoice("thinkingBudget", null);
  const { controlId: _, ...rest } = setting;
  const options = [
    { value: "off", label: t("settings.noBudget") },
    { value: "limited", label: t("settings.budget") },
  ] as const;
  return (
    <Setting label={t("settings.thinkingBudget")} explanation={t("settings.thinkingBudgetHint")} {...rest}>
      <ChoiceBar
        label={t("settings.thinkingBudget")}
        describedBy={setting.explanationId}
        value={value === null ? "off" : "limited"}
        options={options}
        onChange={(kind) => choose(kind === "off" ? null : FIRST_BUDGET)}
      />
      {value !== null && (
        <NumberField
          label={t("settings.budgetNumber")}
          value={value}
          isAllowed={(typed) => isInRange("thinkingBudget", typed)}
          hint={rangeHint(words, "thinkingBudget")}
          onChange={choose}
        />
      )}
    </Setting>
  );
}
