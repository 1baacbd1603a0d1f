import { Setting } from "../../components/setting";
import { Switch } from "../../components/switch";
import type { ModelFacts } from "../../engine/protocol";
import { MOST_CHARACTERS, standardFor } from "../../state/choices";
import { useWords } from "../../words/words-context";
import { ContextSetting } from "./context-setting";
import { BudgetSetting, SeedSetting } from "./either-setting";
import { NumberSetting } from "./number-setting";
import { Section } from "./section";
import { useChoice } from "./use-choice";

/** How the open model replies. */
export function ModelSettings({ model }: { model: ModelFacts }) {
  const { t } = useWords();
  const standard = standardFor(model);
  return (
    <>
      <Section title={t("settings.thinking")}>
        <BudgetSetting />
        <DropsReasoningSetting />
        <ContextSetting model={model} standard={standard} />
        <NumberSetting name="maxTokens" standard={standard.maxTokens} />
      </Section>
      <Section title={t("settings.sampling")}>
        <NumberSetting name="temperature" standard={standard.temperature} step={0.05} />
        <NumberSetting name="topP" standard={standard.topP} step={0.01} />
        <NumberSetting name="minP" standard={standard.minP} step={0.01} />
        <NumberSetting name="topK" standard={standard.topK} />
        <SeedSetting />
      </Section>
      <Section title={t("settings.instructions")}>
        <SystemSetting />
      </Section>
    </>
  );
}

function DropsReasoningSetting() {
  const { t } = useWords();
  const { value, choose, setting } = useChoice("dropsReasoning", true);
  return (
    <Setting label={t("settings.dropsReasoning")} explanation={t("settings.dropsReasoningHint")} {...setting}>
      <Switch id={setting.controlId} describedBy={setting.explanationId} isOn={value} onChange={choose} />
    </Setting>
  );
}

function SystemSetting() {
  const { t } = useWords();
  const { value, choose, setting } = useChoice("system", "");
  return (
    <Setting label={t("settings.system")} explanation={t("settings.systemHint")} {...setting}>
      <textarea
        id={setting.controlId}
        className="field"
        rows={3}
        dir="auto"
        maxLength={MOST_CHARACTERS}
        aria-describedby={setting.explanationId}
        value={value}
        onChange={({ target }) => choose(target.value)}
      />
    </Setting>
  );
}
