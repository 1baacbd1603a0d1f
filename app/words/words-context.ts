import { createContext, use } from "react";
import { ENGLISH, type Words } from "./words";

const WordsContext = createContext<Words>(ENGLISH);

/** Gives the components below it the language of the page. */
export const WordsProvider = WordsContext.Provider;

/** What the page says, in the language of the page. */
export const useWords = (): Words => use(WordsContext);
