import { useWords } from "../../words/words-context";
import { Section } from "./section";

/** What is kept where, and what is sent: nothing. */
export function Privacy() {
  const { t } = useWords();
  return (
    <Section title={t("privacy.title")}>
      {(["nothingSent", "stored", "network", "enforced"] as const).map((name) => (
        <p key={name} className="text-sm text-muted">
          {t(`privacy.${name}`)}
        </p>
      ))}
    </Section>
  );
}
