import { type RefObject, useEffect } from "react";

/** Marks what is in an element, piece by piece, once it has been laid out: its size is known from then on. */
export function useLaidOut(place: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    // Observers of sizes are heard just after the layout.
    const observer = new ResizeObserver(() => {
      for (const piece of element.querySelectorAll<HTMLElement>(":scope > :not([data-laid-out])"))
        piece.dataset.laidOut = "";
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [place]);
}
