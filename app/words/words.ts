import { createInstance, type TFunction } from "i18next";
import english from "./en.json" with { type: "json" };
import { type Format, formatIn } from "./format";

/** The languages of the page. */
export const LANGUAGES = ["en", "de"] as const;
export type Language = (typeof LANGUAGES)[number];

/** Each language by its own name. */
export const LANGUAGE_NAMES: Record<Language, string> = { en: "English", de: "Deutsch" };

/** What the page says, and how it writes numbers, in one language. */
export interface Words {
  readonly language: Language;
  /** The sentence with this name, its places filled in. */
  readonly t: TFunction;
  readonly format: Format;
  /** What the engine says in English, by the name of the failure; nothing where the page is in English. */
  readonly failures: Readonly<Record<string, string>>;
  /** What models say of themselves in English, by their stored names. */
  readonly descriptions: Readonly<Record<string, string>>;
  /** What is said in English of a model's source and licence, by the sentence itself. */
  readonly facts: Readonly<Record<string, string>>;
}

/** All that the page says in one language: the English file has every name. */
export type Sentences = typeof english;

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: Sentences };
  }
}

const NO_TRANSLATIONS = { failures: {}, descriptions: {}, facts: {} };

/** English is what the page begins with, and what stands in when another language cannot be fetched. */
export const ENGLISH: Words = wordsFrom("en", english);

/** The words of a language, fetched when first asked for. */
export async function loadWords(language: Language): Promise<Words> {
  if (language === "en") return ENGLISH;
  const { default: german } = await import("./de.json", { with: { type: "json" } });
  return wordsFrom("de", german satisfies Sentences, german);
}

/** @param asked as navigator.languages: the person's languages, the first one liked best. */
export function languageFor(asked: readonly string[]): Language {
  const spoken = asked.map((tag) => tag.toLowerCase().split("-")[0]);
  return (
    LANGUAGES.find((language) => language === spoken.find((tag) => LANGUAGES.some((known) => known === tag))) ?? "en"
  );
}

function wordsFrom(
  language: Language,
  sentences: Sentences,
  { failures, descriptions, facts }: Pick<Words, "failures" | "descriptions" | "facts"> = NO_TRANSLATIONS,
): Words {
  const i18n = createInstance();
  i18n.init({
    lng: language,
    resources: { [language]: { translation: sentences } },
    initAsync: false,
    // React puts text in as text.
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  const t = i18n.getFixedT(language);
  return { language, t, format: formatIn(language, t), failures, descriptions, facts };
}
