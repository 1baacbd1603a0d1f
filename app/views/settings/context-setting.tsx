import { Setting } from "../../components/setting";
import type { ModelFacts } from "../../engine/protocol";
import type { Choices } from "../../state/choices";
import { isRunning } from "../../state/turn";
import { useWords } from "../../words/words-context";
import { useSession, useSessionState } from "../session-context";
import { contextLengths } from "./context-lengths";
import { useChoice } from "./use-choice";

/** How long the context is, and what that costs. Another length takes effect at once: the model is opened again. */
export function ContextSetting({ model, standard }: { model: ModelFacts; standard: Choices }) {
  const { t, format } = useWords();
  const session = useSession();
  const isReplying = useSessionState(({ turns }) => turns.some(isRunning));
  const { value, choose, setting } = useChoice("contextLength", standard.contextLength);
  const { longestContext, contextLength, contextBytes } = model;
  const onReset = setting.onReset && (() => change(standard.contextLength));
  const change = (length: number) => {
    choose(length);
    session.open();
  };
  return (
    <Setting
      label={t("settings.contextLength")}
      explanation={t(isReplying ? "settings.contextWhileReplying" : "settings.contextLengthHint")}
      {...{ ...setting, onReset: isReplying ? undefined : onReset }}
    >
      <select
        id={setting.controlId}
        className="field"
        aria-describedby={setting.explanationId}
        disabled={isReplying}
        value={Math.min(value, longestContext)}
        onChange={({ target }) => change(Number(target.value))}
      >
        {contextLengths(longestContext, value).map((length) => (
          <option key={length} value={length}>
            {t("settings.contextOption", {
              tokens: format.tokens(length),
              memory: format.bytes((contextBytes / contextLength) * length),
            })}
          </option>
        ))}
      </select>
    </Setting>
  );
}
