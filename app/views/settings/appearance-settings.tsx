import { ChoiceBar } from "../../components/choice-bar";
import { Setting } from "../../components/setting";
import { LANGUAGE_NAMES, LANGUAGES } from "../../words/words";
import { useWords } from "../../words/words-context";
import { useChoice } from "./use-choice";

/** Theme, motion and language: settings of the page, whatever model is open. */
export function AppearanceSettings() {
  return (
    <>
      <ThemeSetting />
      <MotionSetting />
      <LanguageSetting />
    </>
  );
}

function ThemeSetting() {
  const { t } = useWords();
  const { value, choose, setting } = useChoice("theme", "system");
  const options = [
    { value: "system", label: t("settings.asSystem") },
    { value: "light", label: t("settings.light") },
    { value: "dark", label: t("settings.dark") },
  ] as const;
  return (
    <Setting label={t("settings.theme")} onReset={setting.onReset}>
      <ChoiceBar label={t("settings.theme")} value={value} options={options} onChange={choose} />
    </Setting>
  );
}

function MotionSetting() {
  const { t } = useWords();
  const { value, choose, setting } = useChoice("motion", "system");
  const options = [
    { value: "system", label: t("settings.asSystem") },
    { value: "reduced", label: t("settings.reduced") },
  ] as const;
  return (
    <Setting label={t("settings.motion")} onReset={setting.onReset}>
      <ChoiceBar label={t("settings.motion")} value={value} options={options} onChange={choose} />
    </Setting>
  );
}

function LanguageSetting() {
  const { t } = useWords();
  const { value, choose, setting } = useChoice("language", "system");
  const options = [
    { value: "system" as const, label: t("settings.asBrowser") },
    ...LANGUAGES.map((language) => ({ value: language, label: LANGUAGE_NAMES[language], lang: language })),
  ];
  return (
    <Setting label={t("settings.language")} onReset={setting.onReset}>
      <ChoiceBar label={t("settings.language")} value={value} options={options} onChange={choose} />
    </Setting>
  );
}
