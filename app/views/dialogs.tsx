import { type ComponentType, lazy, type ReactNode, Suspense, useCallback, useState } from "react";
import { type DialogName, DialogsProvider } from "./dialogs-context";
import { useShortcut } from "./shortcuts-context";

/** Each a script of its own, fetched when it is first opened. */
const DIALOGS: Record<DialogName, ComponentType<{ onClose: () => void }>> = {
  models: lazy(async () => ({ default: (await import("./models/models-dialog")).ModelsDialog })),
  settings: lazy(async () => ({ default: (await import("./settings/settings-dialog")).SettingsDialog })),
  privacy: lazy(async () => ({ default: (await import("./privacy-dialog")).PrivacyDialog })),
  shortcuts: lazy(async () => ({ default: (await import("./shortcuts-dialog")).ShortcutsDialog })),
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
