import { Plus } from "lucide-react";
import { useState } from "react";
import { Button } from "../../components/button";
import { modelIdOf } from "../../library/sources";
import { GetPanel } from "./get-panel";

/** The way to a model of the same architecture that is not in the list. */
export function AnotherModel() {
  const [isOpen, setIsOpen] = useState(false);
  if (!isOpen)
    return (
      <Button onClick={() => setIsOpen(true)}>
        <Plus aria-hidden className="size-4" />
        Another model
      </Button>
    );
  return (
    <section className="model-card" aria-label="Another model">
      <h3 className="font-medium">Another model</h3>
      <p className="text-sm text-muted">
        Of the same architecture, phi4flash: a fine-tuned version, for example, or your own conversion.
      </p>
      <GetPanel idOf={modelIdOf} initial={undefined} onClose={() => setIsOpen(false)} />
    </section>
  );
}
