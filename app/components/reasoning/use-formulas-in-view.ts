import { type RefObject, useEffect } from "react";

const loadThought = () => import("../markdown/typeset-thought");

/** What may begin a formula. Without it nothing need be fetched or watched. */
const OPENING = /\$|\\[([]/;

/**
 * Has the formulas of a finished piece of reasoning typeset while it is in view or nearly so, and plain again when it is
 * far away: what 30,000 tokens take of the page's memory is what is looked at. A piece in which something is selected
 * stays as it is.
 */
export function useFormulasInView(place: RefObject<HTMLElement | null>, text: string, isFinished: boolean): void {
  useEffect(() => {
    const element = place.current;
    if (!element || !isFinished || !OPENING.test(text)) return;
    let isNear = false;
    let isSet = false;
    let isOver = false;
    const bring = async () => {
      const { typesetThought } = await loadThought();
      if (isOver || isNear === isSet || isSelected(element)) return;
      isSet = isNear;
      if (isNear) typesetThought(element, text);
      else element.textContent = text;
    };
    // Without what sets formulas the text stays as it was written.
    const tryToBring = () => void bring().catch(() => {});
    const onSelection = () => isNear !== isSet && tryToBring();
    const observer = new IntersectionObserver(
      (entries) => {
        isNear = entries.at(-1)?.isIntersecting ?? false;
        tryToBring();
      },
      { root: element.parentElement?.parentElement ?? null, rootMargin: "50% 0px" },
    );
    observer.observe(element);
    document.addEventListener("selectionchange", onSelection);
    return () => {
      observer.disconnect();
      document.removeEventListener("selectionchange", onSelection);
      isOver = true;
    };
  }, [place, text, isFinished]);
}

/** Whether a selection has any part of it. */
function isSelected(element: HTMLElement): boolean {
  const selection = getSelection();
  return selection !== null && !selection.isCollapsed && selection.containsNode(element, true);
}
