import { type RefObject, useLayoutEffect } from "react";

/**
 * Tells what is in a scrolling element how high the seen part of it is, as `--view-height`. A size container (`cqh`)
 * would say the same, but the browser lays out what is in one twice as long, in each frame.
 */
export function useViewHeight(viewport: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = viewport.current;
    if (!element) return;
    const tell = () => element.style.setProperty("--view-height", `${element.clientHeight}px`);
    tell();
    const observer = new ResizeObserver(tell);
    observer.observe(element);
    return () => observer.disconnect();
  }, [viewport]);
}
