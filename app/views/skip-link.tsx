import { useWords } from "../words/words-context";

/** What each page has in its middle. */
export const MAIN_ID = "main";

/** For the keyboard, past what is at the top and the side of each page. */
export function SkipLink() {
  const { t } = useWords();
  return (
    <a
      href={`#${MAIN_ID}`}
      className="skip-link"
      onClick={(event) => {
        // The address stays as it is: it is the conversation's.
        event.preventDefault();
        document.getElementById(MAIN_ID)?.focus();
      }}
    >
      {t("skip")}
    </a>
  );
}
