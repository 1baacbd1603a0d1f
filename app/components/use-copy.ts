import { useCallback, useEffect, useState } from "react";

/** How long it is said that something has been copied. */
const COPIED_MS = 2_000;

/** @returns what copies a text, and whether it has just done so. */
export function useCopy(): { isCopied: boolean; copy: (text: string) => void } {
  const [isCopied, setIsCopied] = useState(false);
  const copy = useCallback((text: string) => {
    const copied = async () => {
      await navigator.clipboard.writeText(text);
      setIsCopied(true);
    };
    // A browser that refuses the clipboard leaves the text to be selected.
    void copied().catch((reason: unknown) => console.info("Not copied:", reason));
  }, []);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setIsCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  return { isCopied, copy };
}
