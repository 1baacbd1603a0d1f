import { createContext, use } from "react";
import { useStore } from "zustand";
import type { Chosen } from "../state/choices";
import type { ChosenSettings } from "../state/settings";

const SettingsContext = createContext<ChosenSettings | null>(null);

/** Gives the views below it what the person has chosen. */
export const SettingsProvider = SettingsContext.Provider;

/** What the person has chosen, and the ways to change it. @throws Error outside a SettingsProvider. */
export function useSettings(): ChosenSettings {
  const settings = use(SettingsContext);
  if (!settings) throw new Error("No settings are provided.");
  return settings;
}

/** A part of what is chosen; the view is drawn anew when that part changes. */
export const useChosen = <T>(select: (chosen: Chosen) => T): T => useStore(useSettings().store, select);
