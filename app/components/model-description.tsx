import { useWords } from "../words/words-context";

interface ModelDescriptionProps {
  /** The stored name of the model. */
  id: string;
  /** What it says of itself, in English. */
  description: string;
  className: string;
}

/** What a model is, in the language of the page where there is a translation. */
export function ModelDescription({ id, description, className }: ModelDescriptionProps) {
  const translated = useWords().descriptions[id];
  return (
    <p className={className} lang={translated ? undefined : "en"}>
      {translated ?? description}
    </p>
  );
}
