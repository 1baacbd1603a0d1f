import type { SessionState } from "../state/session-state";
import { isRunning, type Turn } from "../state/turn";
import { useSessionState } from "./session-context";

/** Says politely, to those who listen to the page, what has changed: states, never tokens. Alerts speak for themselves. */
export function StateAnnouncer() {
  const sentence = useSessionState(sentenceFor);
  return (
    <p role="status" className="sr-only">
      {sentence}
    </p>
  );
}

function sentenceFor({ engine, turns, notice }: SessionState): string {
  if (engine.status === "opening") return `${engine.because ?? ""} The model is being loaded.`.trim();
  if (engine.status === "failed") return "";
  const turn = turns.at(-1);
  if (notice && !(turn && isRunning(turn))) return notice;
  return turn ? sentenceForTurn(turn) : "The model is ready.";
}

function sentenceForTurn({ stage, reason }: Turn): string {
  switch (stage) {
    case "reading":
      return "Reading the problem.";
    case "thinking":
      return "Thinking.";
    case "answering":
      return "Writing the answer.";
    case "finished":
      return reason === "aborted" ? "Stopped." : "The reply is complete.";
    case "failed":
      return "";
  }
}
