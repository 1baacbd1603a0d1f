import { readAgain } from "../state/session-state";
import { useWords } from "../words/words-context";
import { useSessionState } from "./session-context";

/** That the conversation is being read for the next question, which need not wait for it, or had to be read again. It lies in room that is there already. */
export function ReadAhead() {
  const { t, format } = useWords();
  const isReading = useSessionState(({ ahead }) => ahead === "reading");
  const tokens = useSessionState(readAgain);
  if (isReading)
    return (
      // Mostly it is over at once.
      <div className="read-ahead appear-late">
        <p className="reading">{t("conversation.readingAhead")}</p>
      </div>
    );
  return tokens > 0 && <p className="read-ahead">{t("conversation.readAgain", { tokens: format.tokens(tokens) })}</p>;
}
