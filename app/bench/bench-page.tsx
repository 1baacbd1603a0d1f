import { Suspense, useMemo, useReducer, useRef } from "react";
import { BUILD } from "../build";
import { Fault } from "../components/fault";
import { lazyPart } from "../components/lazy-part";
import { Mark } from "../components/mark";
import { useWords } from "../words/words-context";
import { benchAfter, IDLE } from "./bench-state";
import { BenchTable } from "./bench-table";
import { PlanForm } from "./plan-form";
import { partsPlot, speedPlot } from "./plots";
import type { BenchFields } from "./protocol";
import { ReportActions } from "./report-actions";
import { runInWorkers } from "./run-in-workers";
import { RunProgress } from "./run-progress";

/** Fetched with the first figures: what draws them is a third of the page's script. */
const SpeedFigure = lazyPart(async () => (await import("./speed-figure")).SpeedFigure, MissingFigure);
const PartsFigure = lazyPart(async () => (await import("./parts-figure")).PartsFigure, MissingFigure);

/** What it would draw is in the tables too. */
function MissingFigure() {
  const { t } = useWords();
  return <p className="bench-note">{t("missing.figure")}</p>;
}

/** The bench: what is to be measured, how far it is, and what came out. @param query the page's, for the form. */
export function BenchPage({ query }: { query: URLSearchParams }) {
  const { t } = useWords();
  const [state, tell] = useReducer(benchAfter, IDLE);
  const abort = useRef(new AbortController());
  const { phase, fault, report } = state;
  const { tables } = report;
  const isRunning = phase === "running" || phase === "stopping";
  const speed = useMemo(() => speedPlot(tables), [tables]);
  const parts = useMemo(() => partsPlot(tables), [tables]);

  const start = async (fields: BenchFields) => {
    abort.current = new AbortController();
    const { signal } = abort.current;
    tell({ kind: "begun", date: new Date().toISOString(), commit: query.get("commit") || BUILD });
    try {
      await runInWorkers(fields, { hear: tell, signal });
      tell({ kind: "ended", phase: "done" });
    } catch (error) {
      // Whatever else went wrong after it was stopped is told: the model may still lie in storage.
      if (error === signal.reason) tell({ kind: "ended", phase: "stopped" });
      else tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
    }
  };
  const stop = () => {
    tell({ kind: "stop-asked" });
    abort.current.abort();
  };

  return (
    <>
      <header className="header">
        <Mark className="size-7" />
        <a className="wordmark" href="./">
          Longhand
        </a>
      </header>
      <main className="bench">
        <h1 className="title">{t("bench.title")}</h1>
        <p className="bench-note">{t("bench.intro")}</p>
        <PlanForm query={query} isRunning={isRunning} onStart={(fields) => void start(fields)} />
        {report.device && <p className="text-sm">{`${report.device} · ${report.model}`}</p>}
        <RunProgress state={state} onStop={stop}>
          {tables.length > 0 && <ReportActions report={report} />}
        </RunProgress>
        {fault && <Fault message={fault} />}
        <Suspense>
          <div className="bench-figures">
            {speed && <SpeedFigure plot={speed} />}
            {parts && <PartsFigure plot={parts} />}
          </div>
        </Suspense>
        {/* The suite speaks English, as on a command line. */}
        <div lang="en">
          {tables.map((table) => (
            <BenchTable key={table.title} {...table} />
          ))}
        </div>
      </main>
    </>
  );
}
