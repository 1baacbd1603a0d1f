import { Button } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { Setting } from "../../components/setting";
import { Switch } from "../../components/switch";
import { isRunning } from "../../state/turn";
import { useWords } from "../../words/words-context";
import { useDialogs } from "../dialogs-context";
import { Privacy } from "../privacy";
import { useSession, useSessionState } from "../session-context";
import { useChosen, useSettings } from "../settings-context";
import { AppearanceSettings } from "./appearance-settings";
import { ModelSettings } from "./model-settings";
import { Section } from "./section";
import { useChoice } from "./use-choice";

/** All that can be chosen. Each choice takes effect at once. */
export function SettingsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useWords();
  const model = useSessionState(({ engine }) => (engine.status === "ready" ? engine.model : null));
  return (
    <Dialog title={t("settings.title")} onClose={onClose}>
      <Section title={t("settings.appearance")}>
        <AppearanceSettings />
      </Section>
      {model ? <ModelSettings model={model} /> : <p className="text-sm text-muted">{t("settings.noModel")}</p>}
      <Section title={t("settings.keyboard")}>
        <KeyboardSettings />
      </Section>
      <Section title={t("privacy.title")}>
        <Privacy />
      </Section>
      <ResetAll />
    </Dialog>
  );
}

function KeyboardSettings() {
  const { t } = useWords();
  const showDialog = useDialogs();
  const { value, choose, setting } = useChoice("singleKeys", true);
  return (
    <>
      <Setting label={t("settings.singleKeys")} explanation={t("settings.singleKeysHint")} {...setting}>
        <Switch id={setting.controlId} describedBy={setting.explanationId} isOn={value} onChange={choose} />
      </Setting>
      <Button onClick={() => showDialog("shortcuts")}>{t("settings.showShortcuts")}</Button>
    </>
  );
}

function ResetAll() {
  const { t } = useWords();
  const settings = useSettings();
  const session = useSession();
  const isAnyChosen = useChosen((chosen) => Object.keys(chosen).length > 0);
  const isReplying = useSessionState(({ turns }) => turns.some(isRunning));
  const reset = () => {
    const { contextLength } = settings.store.getState();
    settings.reset();
    if (contextLength === undefined) return;
    // Another length opens the model again: while a reply is written it stays as it is.
    if (isReplying) settings.choose("contextLength", contextLength);
    else session.open();
  };
  return (
    <p className="flex justify-end">
      <Button aria-disabled={!isAnyChosen} onClick={reset}>
        {t("settings.resetAll")}
      </Button>
    </p>
  );
}
