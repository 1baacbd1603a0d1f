import { registerSW } from "virtual:pwa-register";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { connectEngine } from "./engine/client";
import { inOrder } from "./engine/in-order";
import { connectLibrary } from "./library/client";
import { SHIPPED_MODEL } from "./library/sources";
import { showAppearance } from "./state/appearance";
import { batchByFrame } from "./state/frame-batch";
import { createLibrary } from "./state/library";
import { openConversations } from "./state/open-conversations";
import { watchPageVersion } from "./state/page-version";
import { isApplePlatform } from "./state/platform";
import { rememberIn } from "./state/remembered";
import { createSession } from "./state/session";
import { createSettings } from "./state/settings";
import { createShortcuts } from "./state/shortcuts";
import { withChoices } from "./state/with-choices";
import "./styles.css";
import { App } from "./views/app";
import { Language } from "./views/language";
import { SessionProvider } from "./views/session-context";
import { SettingsProvider } from "./views/settings-context";
import { ShortcutsProvider } from "./views/shortcuts-context";
import { ENGLISH, languageFor, loadWords } from "./words/words";

const settings = createSettings(() => localStorage);
const shortcuts = createShortcuts(isApplePlatform(navigator), () => settings.store.getState().singleKeys ?? true);
const remembered = rememberIn(() => localStorage, SHIPPED_MODEL);
const session = createSession(
  inOrder(withChoices(settings, (listen) => connectEngine(batchByFrame(listen)))),
  remembered.model(),
);
const library = createLibrary(connectLibrary, remembered);
// Only a model that could be opened is worth opening at the next visit.
session.store.subscribe(({ engine }) => {
  if (engine.status === "ready" && engine.model.id !== remembered.model()) remembered.setModel(engine.model.id);
});
const conversations = openConversations(window, session);
const version = watchPageVersion(registerSW);
// The model is on its way before the first picture is drawn.
session.open();
// A browser short of disk space then asks before it throws the model away. Only a page may ask for it, not a worker.
navigator.storage?.persist?.().catch((reason: unknown) => console.info("Storage is not persistent:", reason));

showAppearance(document, settings.store.getState());
settings.store.subscribe((chosen) => showAppearance(document, chosen));
document.addEventListener("keydown", shortcuts.press);
const { language = "system" } = settings.store.getState();
const words = await loadWords(language === "system" ? languageFor(navigator.languages) : language).catch(() => ENGLISH);

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no element #root.");
createRoot(root).render(
  <StrictMode>
    <SettingsProvider value={settings}>
      <Language initial={words}>
        <ShortcutsProvider value={shortcuts}>
          <SessionProvider value={session}>
            <App library={library} conversations={conversations} version={version} />
          </SessionProvider>
        </ShortcutsProvider>
      </Language>
    </SettingsProvider>
  </StrictMode>,
);
