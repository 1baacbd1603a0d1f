import type { ModelLibrary } from "../state/library";
import type { PageVersion } from "../state/page-version";
import { useWords } from "../words/words-context";
import { Chat } from "./chat";
import { Dialogs } from "./dialogs";
import { EngineFault } from "./engine-fault";
import { Header } from "./header";
import { LibraryProvider } from "./library-context";
import { Opening } from "./opening";
import { useSessionState } from "./session-context";
import { MAIN_ID, SkipLink } from "./skip-link";
import { StateAnnouncer } from "./state-announcer";

/** The whole page: the model is being opened, could not be opened, or there is a conversation. */
export function App({ library, version }: { library: ModelLibrary; version: PageVersion }) {
  const status = useSessionState(({ engine }) => engine.status);
  const hasTurns = useSessionState(({ turns }) => turns.length > 0);
  return (
    <LibraryProvider value={library}>
      <Dialogs>
        <div className="page">
          <SkipLink />
          <Header version={version} />
          {status === "ready" || hasTurns ? <Chat /> : <Start isFailed={status === "failed"} />}
          <StateAnnouncer />
        </div>
      </Dialogs>
    </LibraryProvider>
  );
}

function Start({ isFailed }: { isFailed: boolean }) {
  const { t } = useWords();
  return (
    <main
      id={MAIN_ID}
      tabIndex={-1}
      className="grid min-h-0 grow place-items-center overflow-y-auto px-5 py-8 outline-none"
    >
      <div className="w-full max-w-md space-y-6">
        <div className="space-y-3">
          <h1 className="title">{t("title")}</h1>
          <p className="text-muted">{t("subtitle")}</p>
        </div>
        {isFailed ? <EngineFault /> : <Opening />}
      </div>
    </main>
  );
}
