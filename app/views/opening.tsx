import { Button } from "../components/button";
import { formatBytes, percentOf } from "../components/format";
import { ProgressBar } from "../components/progress-bar";
import type { Phase } from "../engine/protocol";
import type { Progress } from "../state/engine-state";
import { useSession, useSessionState } from "./session-context";

const PHASES: Record<Phase, string> = {
  checking: "Looking for the model on this device",
  downloading: "Downloading the model",
  loading: "Loading the model onto the graphics card",
};

/** The model is on its way: from the network to this device, or from there to the graphics card. */
export function Opening() {
  const session = useSession();
  const progress = useSessionState(({ engine }) => (engine.status === "opening" ? engine.progress : null));
  const because = useSessionState(({ engine }) => (engine.status === "opening" ? engine.because : undefined));
  const isLoaded = progress?.phase === "loading" && progress.doneBytes === progress.totalBytes;
  const phase = isLoaded ? "Preparing the graphics card" : progress ? PHASES[progress.phase] : "Starting";
  const percent = progress?.totalBytes && !isLoaded ? percentOf(progress.doneBytes, progress.totalBytes) : undefined;
  const amount = progress && percent !== undefined ? describe(progress, percent) : "";
  return (
    // On a second visit this is over at once: it comes in late, so that it does not flash by.
    <div className="appear-late space-y-3">
      {because && <p className="text-sm">{because} The model is being loaded again.</p>}
      <p className="font-medium">{phase}</p>
      <ProgressBar label={phase} percent={percent} description={amount || phase} />
      <div className="flex min-h-10 items-center justify-between gap-4">
        <span className="text-sm text-muted tabular-nums">{amount}</span>
        <Button onClick={session.stop}>Cancel</Button>
      </div>
      <p className="min-h-5 text-sm text-muted">
        {progress?.phase === "downloading" && "Only once: it is kept on this device for the next visit."}
      </p>
    </div>
  );
}

const describe = ({ doneBytes, totalBytes }: Progress, percent: number): string =>
  `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)} · ${percent} %`;
