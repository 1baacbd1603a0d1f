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
  const sentence = useSessionState((state) => sentenceFor(words, state));
  return (
    <p role="status" className="sr-only">
      {sentence}
    </p>
  );
}

function sentenceFor(words: Words, state: SessionState): string {
  const { engine, turns, notice, isMissing } = state;
  const { t, format } = words;
  if (engine.status === "opening")
    return `${engine.because ? sayFailure(words, engine.because).message : ""} ${t("announce.loading")}`.trim();
  if (engine.status === "failed") return "";
  const turn = turns.at(-1);
  if (notice && !(turn && isRunning(turn))) return sayNotice(words, notice);
  if (isMissing) return t("conversations.missing");
  const tokens = readAgain(state);
  if (tokens > 0) return t("conversation.readAgain", { tokens: format.tokens(tokens) });
  return turn ? sentenceForTurn(words, turn) : t("announce.ready");
}

function sentenceForTurn({ t }: Words, turn: Turn): string {
  const { stage, reason } = turn;
  switch (stage) {
    case "reading":
      return t("announce.reading");
    case "thinking":
      return t("announce.thinking");
    case "answering":
      return t("announce.answering");
    case "finished":
      // One that was opened ended long ago.
      if (isFromStore(turn)) return t("announce.ready");
      return reason === "aborted" ? t("conversation.stopped") : t("announce.complete");
    case "failed":
      return "";
  }
}
