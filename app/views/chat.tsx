import { useEffect } from "react";
import { preloadAnswer } from "../components/answer";
import { Composer } from "../components/composer";
import { isRunning } from "../state/turn";
import { useWords } from "../words/words-context";
import { EngineFault } from "./engine-fault";
import { Opening } from "./opening";
import { sayNotice } from "./say-failure";
import { useSession, useSessionState } from "./session-context";
import { useShortcut } from "./shortcuts-context";
import { MAIN_ID } from "./skip-link";
import { StatusLine } from "./status-line";
import { Transcript } from "./transcript";
import { Welcome } from "./welcome";

/** The conversation, and below it what can be done next. */
export function Chat() {
  const hasTurns = useSessionState(({ turns }) => turns.length > 0);
  const conversation = useSessionState((state) => state.conversation.id);
  const isFetching = useSessionState((state) => state.isFetching);
  useEffect(() => void preloadAnswer().catch(() => {}), []);
  return (
    <>
      <main id={MAIN_ID} tabIndex={-1} className="flex min-h-0 grow flex-col outline-none">
        {hasTurns ? <Transcript key={conversation} /> : !isFetching && <Welcome />}
      </main>
      <footer className="footer">
        <NextStep />
      </footer>
    </>
  );
}

function NextStep() {
  const status = useSessionState(({ engine }) => engine.status);
  if (status === "opening") return <Opening />;
  if (status === "failed") return <EngineFault />;
  return (
    <>
      <Notice />
      <BoundComposer />
      <StatusLine />
    </>
  );
}

/** What has happened to the model, told once more where the conversation goes on. */
function Notice() {
  const notice = useSessionState((state) => state.notice);
  const isMissing = useSessionState((state) => state.isMissing);
  const words = useWords();
  const sentence = isMissing ? words.t("conversations.missing") : notice && sayNotice(words, notice);
  return sentence && <p className="px-3 pb-2 text-sm text-muted">{sentence}</p>;
}

/** The field in which messages are written. */
const MESSAGE_ID = "message";

const focusMessage = () => document.getElementById(MESSAGE_ID)?.focus();

function BoundComposer() {
  const session = useSession();
  const { t } = useWords();
  const draft = useSessionState((state) => state.draft);
  const hint = useSessionState((state) => state.hint);
  const isReplying = useSessionState(({ turns }) => turns.some(isRunning));
  const isReadingAhead = useSessionState(({ ahead }) => ahead === "reading");
  useShortcut("stop", isReplying || isReadingAhead ? session.stop : undefined);
  useShortcut("focusComposer", focusMessage);
  return (
    <Composer
      id={MESSAGE_ID}
      draft={draft}
      hint={hint && t(`composer.${hint}`)}
      isRunning={isReplying}
      onDraft={session.setDraft}
      onSend={() => session.ask()}
      onStop={session.stop}
    />
  );
}
