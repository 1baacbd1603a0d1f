import { createStore, type StoreApi } from "zustand/vanilla";
import { type Choice, type Choices, type Chosen, isAllowed } from "./choices";
import { type Memory, quietly } from "./remembered";

/** What the person has chosen, remembered from visit to visit. Only what differs from the standard is kept. */
export interface ChosenSettings {
  readonly store: StoreApi<Chosen>;
  /** @param standard what would go without a choice: choosing that is choosing nothing. */
  choose<Name extends Choice>(name: Name, value: Choices[Name], standard?: Choices[Name]): void;
  /** Takes one choice back, or all. */
  reset(name?: Choice): void;
}

const KEY = "longhand-settings";
/** Of the stored form. What another version wrote is not read. public/first-paint.js reads it too. */
const VERSION = 1;

/** @param memory a browser that refuses to remember loses nothing but that. */
export function createSettings(memory: () => Memory): ChosenSettings {
  const store = createStore<Chosen>(() => read(quietly(() => memory().getItem(KEY)) ?? null));
  const replace = (chosen: Chosen) => {
    store.setState(chosen, true);
    quietly(() => memory().setItem(KEY, JSON.stringify({ version: VERSION, chosen })));
  };
  return {
    store,
    choose(name, value, standard) {
      const { [name]: _, ...others } = store.getState();
      if (isAllowed(name, value)) replace(value === standard ? others : { ...others, [name]: value });
    },
    reset(name) {
      if (name === undefined) return replace({});
      const { [name]: _, ...others } = store.getState();
      replace(others);
    },
  };
}

/** What of the stored text is worth anything: choices of this version that may be chosen. */
function read(text: string | null): Chosen {
  const stored = quietly(() => JSON.parse(text ?? "null") as { version?: unknown; chosen?: unknown } | null);
  if (stored?.version !== VERSION || typeof stored.chosen !== "object" || stored.chosen === null) return {};
  return Object.fromEntries(Object.entries(stored.chosen).filter(([name, value]) => isAllowed(name, value)));
}
