import { type RefObject, useEffect, useRef } from "react";

/** How near the end, in CSS pixels, still counts as at the end. */
const SLACK = 24;

/**
 * Keeps a scrolling element at its end while its content grows, unless the person has scrolled away from there.
 *
 * @param content The one child whose size tells of growth.
 * @param isActive Otherwise nothing is scrolled. Becoming active begins at the end.
 */
export function useStickToEnd(
  viewport: RefObject<HTMLElement | null>,
  content: RefObject<HTMLElement | null>,
  isActive: boolean,
): void {
  const isStuck = useRef(true);
  useEffect(() => {
    const [scroller, child] = [viewport.current, content.current];
    if (!isActive || !scroller || !child) return;
    const stick = (is: boolean) => {
      isStuck.current = is;
      // Where the browser keeps the place of what is in sight, that would count as the person's scrolling away.
      scroller.style.overflowAnchor = is ? "none" : "";
    };
    stick(true);
    let height = 0;
    const onResize = () => {
      height = scroller.scrollHeight;
      if (isStuck.current) scroller.scrollTop = height;
    };
    const onScroll = () => {
      // A scroll that comes with growth is none of the person's.
      if (scroller.scrollHeight !== height) return;
      stick(scroller.scrollTop + scroller.clientHeight >= height - SLACK);
    };
    const observer = new ResizeObserver(onResize);
    observer.observe(child);
    scroller.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      // The last growth may not have been observed yet.
      if (isStuck.current) scroller.scrollTop = scroller.scrollHeight;
      scroller.style.overflowAnchor = "";
      observer.disconnect();
      scroller.removeEventListener("scroll", onScroll);
    };
  }, [viewport, content, isActive]);
}
