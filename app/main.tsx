import { registerSW } from "virtual:pwa-register";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { connectEngine } from "./engine/client";
import { inOrder } from "./engine/in-order";
import { connectLibrary } from "./library/client";
import { SHIPPED_MODEL } from "./library/sources";
import { batchByFrame } from "./state/frame-batch";
import { createLibrary } from "./state/library";
import { watchPageVersion } from "./state/page-version";
import { rememberIn } from "./state/remembered";
import { createSession } from "./state/session";
import "./styles.css";
import { App } from "./views/app";
import { SessionProvider } from "./views/session-context";
import { ENGLISH, languageFor, loadWords } from "./words/words";
import { WordsProvider } from "./words/words-context";

const remembered = rememberIn(() => localStorage, SHIPPED_MODEL);
const session = createSession(
  inOrder((listen) => connectEngine(batchByFrame(listen))),
  remembered.model(),
);
const library = createLibrary(connectLibrary, remembered);
// Only a model that could be opened is worth opening at the next visit.
session.store.subscribe(({ engine }) => {
  if (engine.status === "ready" && engine.model.id !== remembered.model()) remembered.setModel(engine.model.id);
});
const version = watchPageVersion(registerSW);
// The model is on its way before the first picture is drawn.
session.open();
// A browser short of disk space then asks before it throws the model away. Only a page may ask for it, not a worker.
navigator.storage?.persist?.().catch((reason: unknown) => console.info("Storage is not persistent:", reason));

const words = await loadWords(languageFor(navigator.languages)).catch(() => ENGLISH);
document.documentElement.lang = words.language;

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no element #root.");
createRoot(root).render(
  <StrictMode>
    <WordsProvider value={words}>
      <SessionProvider value={session}>
        <App library={library} version={version} />
      </SessionProvider>
    </WordsProvider>
  </StrictMode>,
);
