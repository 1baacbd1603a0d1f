import type { ModelFacts, Settings } from "../engine/protocol";

/** All that a person may choose. What is not chosen is as the page, or the model, would have it. */
export interface Choices extends Omit<Settings, "seed"> {
  /** Of the random numbers that tokens are drawn with; "random": another one for each reply. */
  readonly seed: number | "random";
  /** Tokens. */
  readonly contextLength: number;
  readonly theme: "system" | "light" | "dark";
  readonly motion: "system" | "reduced";
  readonly language: "system" | "en" | "de";
  /** Whether shortcuts of a single key, without a modifier, are listened to. */
  readonly singleKeys: boolean;
}

export type Choice = keyof Choices;
export type Chosen = Partial<Choices>;

interface Range {
  readonly least: number;
  readonly most: number;
  readonly isWhole: boolean;
  /** `least` itself is out of the range. */
  readonly isAbove?: boolean;
}

/** What the numbers may be. Of those that the model bounds too, this is what any model could bear. */
export const RANGES = {
  temperature: { least: 0, most: 2, isWhole: false },
  topP: { least: 0, most: 1, isWhole: false, isAbove: true },
  topK: { least: 0, most: 1_000_000, isWhole: true },
  minP: { least: 0, most: 1, isWhole: false },
  seed: { least: 0, most: 2 ** 32 - 1, isWhole: true },
  maxTokens: { least: 1, most: 1_000_000, isWhole: true },
  thinkingBudget: { least: 1, most: 1_000_000, isWhole: true },
  contextLength: { least: 256, most: 10_000_000, isWhole: true },
} as const satisfies Partial<Record<Choice, Range>>;

export type NumberChoice = keyof typeof RANGES;

/** Of the system prompt. */
export const MOST_CHARACTERS = 20_000;

const WORDS = {
  theme: ["system", "light", "dark"],
  motion: ["system", "reduced"],
  language: ["system", "en", "de"],
} as const satisfies { [Name in Choice]?: readonly Choices[Name][] };

/** Whether a number may be chosen. */
export function isInRange(name: NumberChoice, value: number): boolean {
  const { least, most, isWhole, isAbove = false }: Range = RANGES[name];
  if (!Number.isFinite(value) || value > most || (isWhole && !Number.isInteger(value))) return false;
  return isAbove ? value > least : value >= least;
}

/** Whether something may be chosen, whoever wrote it: what was stored is not trusted. */
export function isAllowed(name: string, value: unknown): boolean {
  if (name === "seed" && value === "random") return true;
  if (name === "thinkingBudget" && value === null) return true;
  if (Object.hasOwn(RANGES, name)) return typeof value === "number" && isInRange(name as NumberChoice, value);
  if (Object.hasOwn(WORDS, name)) return (WORDS[name as keyof typeof WORDS] as readonly unknown[]).includes(value);
  if (name === "system") return typeof value === "string" && value.length <= MOST_CHARACTERS;
  return (name === "dropsReasoning" || name === "singleKeys") && typeof value === "boolean";
}

/** What goes for a model when nothing is chosen. */
export const standardFor = ({ defaults, longestContext }: ModelFacts): Choices => ({
  ...defaults,
  ...{ seed: "random", contextLength: Math.min(STANDARD_CONTEXT, longestContext) },
  ...{ theme: "system", motion: "system", language: "system", singleKeys: true },
});

/** As the engine has it when it is told nothing. */
export const STANDARD_CONTEXT = 32_768;

/** The settings of one question. @param defaults the model's own, where nothing is chosen. */
export function settingsOf(chosen: Chosen, defaults: Settings, randomSeed: () => number): Settings {
  const { contextLength: _, theme: _t, motion: _m, language: _l, singleKeys: _s, seed, ...rest } = chosen;
  return { ...defaults, ...rest, seed: seed === undefined || seed === "random" ? randomSeed() : seed };
}
