import type { Conversations } from "../state/conversations";
import type { ModelLibrary } from "../state/library";
import type { PageVersion } from "../state/page-version";
import { useWords } from "../words/words-context";
import { Chat } from "./chat";
import { ConversationsProvider } from "./conversations-context";
import { Dialogs } from "./dialogs";
import { EngineFault } from "./engine-fault";
import { Header } from "./header";
import { LibraryProvider } from "./library-context";
import { Opening } from "./opening";
import { useSessionState } from "./session-context";
import { ConversationNews } from "./sidebar/conversation-news";
import { Sidebar } from "./sidebar/sidebar";
import { MAIN_ID, SkipLink } from "./skip-link";
import { StateAnnouncer } from "./state-announcer";
import { useSidebar } from "./use-sidebar";

interface AppProps {
  library: ModelLibrary;
  conversations: Conversations;
  version: PageVersion;
}

/** The whole page: the model is being opened, could not be opened, or there is a conversation. */
export function App({ library, conversations, version }: AppProps) {
  return (
    <LibraryProvider value={library}>
      <ConversationsProvider value={conversations}>
        <Dialogs>
          <Page version={version} />
        </Dialogs>
      </ConversationsProvider>
    </LibraryProvider>
  );
}

function Page({ version }: { version: PageVersion }) {
  const { isBeside, isOpen, search, setIsOpen } = useSidebar();
  const status = useSessionState(({ engine }) => engine.status);
  const hasConversation = useSessionState(({ turns, isFetching }) => turns.length > 0 || isFetching);
  return (
    <div className="page">
      <SkipLink />
      {isOpen && <Sidebar isBeside={isBeside} search={search} onClose={() => setIsOpen(false)} />}
      <div className="page-column">
        <Header version={version} isListOpen={isOpen} onToggleList={() => setIsOpen(!isOpen)} />
        {status === "ready" || hasConversation ? <Chat /> : <Start isFailed={status === "failed"} />}
        {!isOpen && <ConversationNews />}
      </div>
      <StateAnnouncer />
    </div>
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
