import { type ComponentType, type ReactNode, Suspense, useCallback, useState } from "react";
import { lazyPart } from "../components/lazy-part";
import { type DialogName, DialogsProvider } from "./dialogs-context";
import { MissingDialog } from "./missing-dialog";
import { useShortcut } from "./shortcuts-context";

type LoadDialog = () => Promise<ComponentType<{ onClose: () => void }>>;

const dialog = (load: LoadDialog) => lazyPart(load, MissingDialog);

/** Each a script of its own, fetched when it is first opened. */
const DIALOGS: Record<DialogName, ReturnType<typeof dialog>> = {
  models: dialog(async () => (await import("./models/models-dialog")).ModelsDialog),
  settings: dialog(async () => (await import("./settings/settings-dialog")).SettingsDialog),
  privacy: dialog(async () => (await import("./privacy-dialog")).PrivacyDialog),
  shortcuts: dialog(async () => (await import("./shortcuts-dialog")).ShortcutsDialog),
};

/** The page, and the dialog that lies over it. */
export function Dialogs({ children }: { children: ReactNode }) {
  const [name, setName] = useState<DialogName | null>(null);
  const Open = name && DIALOGS[name];
  useShortcut(
    "models",
    useCallback(() => setName("models"), []),
  );
  useShortcut(
    "settings",
    useCallback(() => setName("settings"), []),
  );
  useShortcut(
    "shortcuts",
    useCallback(() => setName("shortcuts"), []),
  );
  return (
    <DialogsProvider value={setName}>
      {children}
      {Open && (
        <Suspense>
          <Open onClose={() => setName(null)} />
        </Suspense>
      )}
    </DialogsProvider>
  );
}
