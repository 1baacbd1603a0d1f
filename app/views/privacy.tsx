import { useWords } from "../words/words-context";

/** What is kept where, and what is sent: nothing. */
export function Privacy() {
  const { t } = useWords();
  return (["nothingSent", "stored", "network", "enforced"] as const).map((name) => (
    <p key={name} className="text-sm text-muted">
      {t(`privacy.${name}`)}
    </p>
  ));
}
