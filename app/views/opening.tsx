import { Button } from "../components/button";
import { ProgressBar } from "../components/progress-bar";
import type { Progress } from "../state/engine-state";
import { percentOf } from "../words/format";
import type { Words } from "../words/words";
import { useWords } from "../words/words-context";
import { sayFailure } from "./say-failure";
import { useSession, useSessionState } from "./session-context";

/** The model is on its way: from the network to this device, or from there to the graphics card. */
export function Opening() {
  const words = useWords();
  const { t } = words;
  const session = useSession();
  const progress = useSessionState(({ engine }) => (engine.status === "opening" ? engine.progress : null));
  const because = useSessionState(({ engine }) => (engine.status === "opening" ? engine.because : undefined));
  const isLoaded = progress?.phase === "loading" && progress.doneBytes === progress.totalBytes;
  const phase = isLoaded ? t("opening.preparing") : t(`opening.${progress?.phase ?? "starting"}`);
  const percent = progress?.totalBytes && !isLoaded ? percentOf(progress.doneBytes, progress.totalBytes) : undefined;
  const amount = progress && percent !== undefined ? describe(words, progress, percent) : "";
  return (
    // On a second visit this is over at once: it comes in late, so that it does not flash by.
    <div className="appear-late space-y-3">
      {because && <p className="text-sm">{t("opening.again", { because: sayFailure(words, because).message })}</p>}
      <p className="font-medium">{phase}</p>
      <ProgressBar label={phase} percent={percent} description={amount || phase} />
      <div className="flex min-h-10 items-center justify-between gap-4">
        <span className="text-sm text-muted tabular-nums">{amount}</span>
        <Button onClick={session.stop}>{t("cancel")}</Button>
      </div>
      <p className="min-h-5 text-sm text-muted">{progress?.phase === "downloading" && t("opening.onlyOnce")}</p>
    </div>
  );
}

function describe({ t, format }: Words, { doneBytes, totalBytes }: Progress, percent: number): string {
  const [done, total] = [format.bytes(doneBytes), format.bytes(totalBytes)];
  return t("opening.amount", { done, total, percent: format.percent(percent) });
}
