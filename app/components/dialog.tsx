import { X } from "lucide-react";
import { type ReactNode, useId } from "react";
import { useWords } from "../words/words-context";
import { useModal } from "./use-modal";

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
}

/** A dialog over the page, open for as long as it is drawn. Escape, the cross and a click beside it close it. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const { t } = useWords();
  const titleId = useId();
  return (
    <dialog {...useModal(onClose)} className="dialog" aria-labelledby={titleId}>
      <div className="dialog-sheet">
        <header className="dialog-header">
          <h2 id={titleId} className="dialog-title">
            {title}
          </h2>
          <button type="button" className="icon-button" aria-label={t("close")} onClick={onClose}>
            <X aria-hidden className="size-5" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
