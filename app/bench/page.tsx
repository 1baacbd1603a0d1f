import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { showAppearance } from "../state/appearance";
import { createSettings } from "../state/settings";
import { Language } from "../views/language";
import { SettingsProvider } from "../views/settings-context";
import { ENGLISH, languageFor, loadWords } from "../words/words";
import "./bench.css";
import { BenchPage } from "./bench-page";

const settings = createSettings(() => localStorage);
showAppearance(document, settings.store.getState());
const { language = "system" } = settings.store.getState();
const words = await loadWords(language === "system" ? languageFor(navigator.languages) : language).catch(() => ENGLISH);

const root = document.getElementById("root");
if (!root) throw new Error("bench.html has no element #root.");
createRoot(root).render(
  <StrictMode>
    <SettingsProvider value={settings}>
      <Language initial={words}>
        <BenchPage query={new URLSearchParams(location.search)} />
      </Language>
    </SettingsProvider>
  </StrictMode>,
);
