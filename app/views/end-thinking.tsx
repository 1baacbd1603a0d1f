import { memo, useState } from "react";
import { Button } from "../components/button";
import { Meter } from "../components/meter";
import type { TurnProgress } from "../engine/protocol";
import { useWords } from "../words/words-context";
import { useSession, useSessionState } from "./session-context";
import { useChosen } from "./settings-context";
import { useShortcut } from "./shortcuts-context";
import { useProgress } from "./use-progress";

/**
 * What ends the thinking of the turn that is running: the person, or the budget, of which a meter tells how much is used.
 *
 * @param before What had been done before the reply was gone on with.
 */
export const EndThinking = memo(function EndThinking({ before }: { before: TurnProgress | null }) {
  const { t } = useWords();
  const { answerNow } = useSession();
  useShortcut("answerNow", answerNow);
  return (
    <>
      <Button onClick={answerNow}>{t("reasoning.answerNow")}</Button>
      <BudgetMeter before={before} />
    </>
  );
});

function BudgetMeter({ before }: { before: TurnProgress | null }) {
  const { t, format } = useWords();
  const progress = useProgress();
  const chosen = useChosen(({ thinkingBudget }) => thinkingBudget);
  const standard = useSessionState(({ engine }) =>
    engine.status === "ready" ? engine.model.defaults.thinkingBudget : null,
  );
  // What is chosen meanwhile goes for the next reply.
  const [budget] = useState(chosen === undefined ? standard : chosen);
  if (budget === null) return null;
  // A reply that is gone on with has the whole budget again.
  const used = Math.max(0, (progress?.reasoningTokens ?? 0) - (before?.reasoningTokens ?? 0));
  const words = t("reasoning.budgetInWords", { used: format.count(used), budget: format.tokens(budget) });
  return <Meter label={t("reasoning.budget")} words={words} used={used} most={budget} />;
}
