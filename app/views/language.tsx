import { type ReactNode, useEffect, useState } from "react";
import { languageFor, loadWords, type Words } from "../words/words";
import { WordsProvider } from "../words/words-context";
import { useChosen } from "./settings-context";

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
    document.documentElement.lang = words.language;
  }, [words]);
  return <WordsProvider value={words}>{children}</WordsProvider>;
}
