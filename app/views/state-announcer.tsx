import { readAgain, type SessionState } from "../state/session-state";
import { isFromStore } from "../state/stored-turn";
import { isRunning, type Turn } from "../state/turn";
import type { Words } from "../words/words";
import { useWords } from "../words/words-context";
import { sayFailure, sayNotice } from "./say-failure";
import { useSessionState } from "./session-context";

/** Says politely, to those who listen to the page, what has changed: states, never tokens. Alerts speak for themselves. */
export function StateAnnouncer() {
  const words = useWords();
  const engine = useSessionState((state) => state.engine);
  const notice = useSessionState((state) => (state.turns.some(isRunning) ? null : state.notice));
  const isMissing = useSessionState((state) => state.isMissing);
  const tokens = useSessionState(readAgain);
  // A name, not a sentence: this is asked in each frame.
  const name = useSessionState(({ turns }) => nameFor(turns.at(-1)));
  return (
    <p role="status" className="sr-only">
      {sentenceFor(words, { engine, notice, isMissing, tokens }) ?? (name && words.t(name))}
    </p>
  );
}

/** @returns undefined when there is nothing to say but what the last turn does. */
function sentenceFor(
  words: Words,
  { engine, notice, isMissing, tokens }: Pick<SessionState, "engine" | "notice" | "isMissing"> & { tokens: number },
): string | undefined {
  const { t, format } = words;
  if (engine.status === "opening")
    return `${engine.because ? sayFailure(words, engine.because).message : ""} ${t("announce.loading")}`.trim();
  if (engine.status === "failed") return "";
  if (notice) return sayNotice(words, notice);
  if (isMissing) return t("conversations.missing");
  return tokens > 0 ? t("conversation.readAgain", { tokens: format.tokens(tokens) }) : undefined;
}

/** The name of the sentence about a turn. */
function nameFor(turn: Turn | undefined) {
  switch (turn?.stage) {
    case "reading":
      return "announce.reading";
    case "thinking":
      return "announce.thinking";
    case "answering":
      return "announce.answering";
    case "finished":
      // One that was opened ended long ago.
      if (isFromStore(turn)) return "announce.ready";
      return turn.reason === "aborted" ? "conversation.stopped" : "announce.complete";
    case "failed":
      return "";
    case undefined:
      return "announce.ready";
  }
}
