import { type ReactNode, useEffect, useState } from "react";
import { type Language as LanguageName, languageFor, loadWords, type Words } from "../words/words";
import { WordsProvider } from "../words/words-context";
import { useChosen } from "./settings-context";

/** Which way each language is written. */
const DIRECTIONS: Record<LanguageName, "ltr" | "rtl"> = { en: "ltr", de: "ltr" };

interface LanguageProps {
  /** The words that the page begins with. */
  initial: Words;
  children: ReactNode;
}

/** Has the page speak the language that is chosen, or that the browser asks for. */
export function Language({ initial, children }: LanguageProps) {
  const [words, setWords] = useState(initial);
  const chosen = useChosen(({ language = "system" }) => language);
  const language = chosen === "system" ? languageFor(navigator.languages) : chosen;
  useEffect(() => {
    let isWanted = true;
    loadWords(language).then(
      (loaded) => isWanted && setWords(loaded),
      (error: unknown) => console.info("The words of another language could not be fetched:", error),
    );
    return () => {
      isWanted = false;
    };
  }, [language]);
  useEffect(() => {
    Object.assign(document.documentElement, { lang: words.language, dir: DIRECTIONS[words.language] });
  }, [words]);
  return <WordsProvider value={words}>{children}</WordsProvider>;
}
