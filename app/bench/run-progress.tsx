import type { ReactNode } from "react";
import { Button } from "../components/button";
import { ProgressBar } from "../components/progress-bar";
import type { Words } from "../words/words";
import { useWords } from "../words/words-context";
import type { BenchState } from "./bench-state";
import type { Doing } from "./protocol";

interface RunProgressProps {
  state: BenchState;
  onStop: () => void;
  /** What can be done once it has ended. */
  children: ReactNode;
}

/** What is being measured, with the way to end it; afterwards, how it ended. */
export function RunProgress({ state, onStop, children }: RunProgressProps) {
  const words = useWords();
  const said = sayState(words, state);
  const { phase, doing } = state;
  const isRunning = phase === "running" || phase === "stopping";
  const percent = doing?.step === "storing" ? doing.percent : undefined;
  return (
    <div className="bench-progress">
      {isRunning && <ProgressBar label={words.t("bench.title")} percent={percent} description={said} />}
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <p role="status" className="text-sm text-muted tabular-nums">
          {said}
        </p>
        {phase === "running" && <Button onClick={onStop}>{words.t("bench.stop")}</Button>}
        {!isRunning && children}
      </div>
    </div>
  );
}

function sayState(words: Words, { phase, doing }: BenchState): string {
  const { t } = words;
  if (phase === "done" || phase === "stopped") return t(`bench.${phase}`);
  if (phase === "stopping") return t("bench.stopping");
  return doing && phase === "running" ? sayDoing(words, doing) : "";
}

function sayDoing({ t, format }: Words, doing: Doing): string {
  switch (doing.step) {
    case "measuring":
      return doing.after ? t("bench.doing.measuringAfter", { table: doing.after }) : t("bench.doing.measuring");
    case "storing":
      return t("bench.doing.storing", { percent: format.percent(doing.percent) });
    case "writing":
      return t("bench.doing.writing", { length: format.count(doing.context) });
    case "loading":
    case "cleaning":
      return t(`bench.doing.${doing.step}`);
  }
}
