import { useWords } from "../../words/words-context";
import { CopyButton } from "../copy-button";
import { DrawnFormula } from "./drawn-formula";
import { lastBoxed } from "./last-boxed";
import { plainTex } from "./plain-tex";

/** What the reply comes to, the last \boxed{…} of its answer, lifted out of it. Nothing where it has none. */
export function Result({ answer }: { answer: string }) {
  const { t } = useWords();
  const boxed = lastBoxed(answer);
  if (!boxed) return null;
  // With its box, though that is not seen: what readers and readableTex know is the box.
  const tex = `\\boxed{${boxed}}`;
  return (
    <figure className="result" aria-label={t("answer.result")}>
      <figcaption>{t("answer.result")}</figcaption>
      <DrawnFormula tex={tex} isDisplay source={boxed} />
      <div className="result-actions">
        <CopyButton label={t("answer.copyText")} text={plainTex(boxed)} word={t("answer.copyText")} />
        <CopyButton label={t("answer.copyTex")} text={boxed} word={t("answer.copyTex")} />
      </div>
    </figure>
  );
}
