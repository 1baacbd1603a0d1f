import { Plus } from "lucide-react";
import { useState } from "react";
import { Button } from "../../components/button";
import { modelIdOf } from "../../library/sources";
import { useWords } from "../../words/words-context";
import { GetPanel } from "./get-panel";

/** The way to a model of the same architecture that is not in the list. */
export function AnotherModel() {
  const { t } = useWords();
  const [isOpen, setIsOpen] = useState(false);
  if (!isOpen)
    return (
      <Button onClick={() => setIsOpen(true)}>
        <Plus aria-hidden className="size-4" />
        {t("models.another")}
      </Button>
    );
  return (
    <section className="model-card" aria-label={t("models.another")}>
      <h3 className="font-medium">{t("models.another")}</h3>
      <p className="text-sm text-muted">{t("models.anotherIntro")}</p>
      <GetPanel idOf={modelIdOf} initial={undefined} onClose={() => setIsOpen(false)} />
    </section>
  );
}
