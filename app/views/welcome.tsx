import { ModelDescription } from "../components/model-description";
import { useWords } from "../words/words-context";
import { useDialogs } from "./dialogs-context";
import { useSession, useSessionState } from "./session-context";

const EXAMPLES = [
  { kind: "multiplication", prompt: "What is 347 * 58?" },
  { kind: "equation", prompt: "Solve 3x + 7 = 22 for x." },
  { kind: "divisor", prompt: "What is the greatest common divisor of 84 and 36?" },
  { kind: "prime", prompt: "Is 701 prime?" },
  { kind: "quadratic", prompt: "Solve x^2 - x - 56 = 0." },
  { kind: "fractions", prompt: "Compute 6/9 + 16/14 as a simplified fraction." },
] as const;

/** Before the first problem: what this model is, and problems to try. */
export function Welcome() {
  const { t } = useWords();
  const session = useSession();
  const showDialog = useDialogs();
  const model = useSessionState(({ engine }) => (engine.status === "ready" ? engine.model : null));
  return (
    <div className="grid grow place-items-center overflow-y-auto px-5 py-8">
      <div className="w-full max-w-2xl space-y-8">
        <div className="space-y-3">
          <h1 className="title">{t("welcome.title")}</h1>
          {model && <ModelDescription {...model} className="max-w-prose text-muted" />}
        </div>
        <ul className="grid gap-3 sm:grid-cols-2" aria-label={t("welcome.examples")}>
          {EXAMPLES.map(({ kind, prompt }) => (
            <li key={prompt}>
              <button type="button" className="example" onClick={() => session.ask(prompt)}>
                <span className="block text-xs text-muted">{t(`welcome.${kind}`)}</span>
                <span className="block" lang="en">
                  {prompt}
                </span>
              </button>
            </li>
          ))}
        </ul>
        <p className="text-sm text-muted">
          {t("welcome.stays")}{" "}
          <button type="button" className="text-button" onClick={() => showDialog("privacy")}>
            {t("privacy.title")}
          </button>
        </p>
      </div>
    </div>
  );
}
