import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useWords } from "../words/words-context";
import { Button } from "./button";

interface FaultProps {
  /** A sentence for the person who reads it. */
  message: string;
  /** Technical words for a bug report, folded away. */
  detail?: string | undefined;
  /** What may be done about it, when anything. */
  onRetry?: (() => void) | undefined;
  retryLabel?: string | undefined;
  children?: ReactNode;
}

/** Something that went wrong, said at once to everyone. */
export function Fault({ message, detail, onRetry, retryLabel, children }: FaultProps) {
  const { t } = useWords();
  return (
    <div role="alert" className="fault">
      <TriangleAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-danger" />
      <div className="min-w-0 grow space-y-2">
        <p className="font-medium">{message}</p>
        {children}
        {detail && (
          <details className="text-sm text-muted">
            <summary className="w-fit cursor-pointer">{t("details")}</summary>
            <p lang="en" className="mt-1 font-mono text-xs break-words whitespace-pre-wrap">
              {detail}
            </p>
          </details>
        )}
        {onRetry && (
          <Button look="solid" onClick={onRetry}>
            {retryLabel ?? t("retry")}
          </Button>
        )}
      </div>
    </div>
  );
}
