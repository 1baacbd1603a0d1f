import { createContext, use, useEffect } from "react";
import type { ShortcutName, Shortcuts } from "../state/shortcuts";

const ShortcutsContext = createContext<Shortcuts | null>(null);

/** Gives the views below it the keys. */
export const ShortcutsProvider = ShortcutsContext.Provider;

/**
 * Has a shortcut do something for as long as the view is there. The action may be another one at each drawing; undefined
 * leaves the keys to the browser.
 */
export function useShortcut(name: ShortcutName, run: (() => void) | undefined): void {
  const shortcuts = use(ShortcutsContext);
  useEffect(() => (run ? shortcuts?.register(name, run) : undefined), [shortcuts, name, run]);
}
