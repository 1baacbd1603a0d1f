import { lazy, Suspense, useMemo, useState } from "react";
import type { ModelLibrary } from "../state/library";
import type { PageVersion } from "../state/page-version";
import { useWords } from "../words/words-context";
import { Chat } from "./chat";
import { EngineFault } from "./engine-fault";
import { Header } from "./header";
import { LibraryProvider } from "./library-context";
import { Opening } from "./opening";
import { useSessionState } from "./session-context";
import { StateAnnouncer } from "./state-announcer";

const ModelsDialog = lazy(async () => ({ default: (await import("./models/models-dialog")).ModelsDialog }));

/** The whole page: the model is being opened, could not be opened, or there is a conversation. */
export function App({ library, version }: { library: ModelLibrary; version: PageVersion }) {
  const [isShowingModels, setIsShowingModels] = useState(false);
  const access = useMemo(() => ({ library, showModels: () => setIsShowingModels(true) }), [library]);
  const status = useSessionState(({ engine }) => engine.status);
  const hasTurns = useSessionState(({ turns }) => turns.length > 0);
  return (
    <LibraryProvider value={access}>
      <div className="page">
        <Header version={version} />
        {status === "ready" || hasTurns ? <Chat /> : <Start isFailed={status === "failed"} />}
        <StateAnnouncer />
        {isShowingModels && (
          <Suspense>
            <ModelsDialog onClose={() => setIsShowingModels(false)} />
          </Suspense>
        )}
      </div>
    </LibraryProvider>
  );
}

function Start({ isFailed }: { isFailed: boolean }) {
  const { t } = useWords();
  return (
    <main className="grid min-h-0 grow place-items-center overflow-y-auto px-5 py-8">
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
