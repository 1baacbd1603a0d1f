import { useState } from "react";
import { Button } from "../components/button";
import { Meter } from "../components/meter";
import type { Turn } from "../state/turn";
import { useWords } from "../words/words-context";
import { useSession, useSessionState } from "./session-context";
import { useChosen } from "./settings-context";
import { useShortcut } from "./shortcuts-context";

/** What ends the thinking of a turn: the person, or the budget, of which a meter tells how much is used. */
export function EndThinking({ turn: { progress, before } }: { turn: Turn }) {
  const { t } = useWords();
  const { answerNow } = useSession();
  useShortcut("answerNow", answerNow);
  // A reply that is gone on with has the whole budget again.
  const used = (progress?.reasoningTokens ?? 0) - (before?.reasoningTokens ?? 0);
  return (
    <>
      <Button onClick={answerNow}>{t("reasoning.answerNow")}</Button>
      <BudgetMeter used={used} />
    </>
  );
}

function BudgetMeter({ used }: { used: number }) {
  const { t, format } = useWords();
  const chosen = useChosen(({ thinkingBudget }) => thinkingBudget);
  const standard = useSessionState(({ engine }) =>
    engine.status === "ready" ? engine.model.defaults.thinkingBudget : null,
  );
  // What is chosen meanwhile goes for the next reply.
  const [budget] = useState(chosen === undefined ? standard : chosen);
  if (budget === null) return null;
  const words = t("reasoning.budgetInWords", { used: format.count(used), budget: format.tokens(budget) });
  return <Meter label={t("reasoning.budget")} words={words} used={used} most={budget} />;
}
