import { type RefObject, useLayoutEffect, useRef } from "react";
import { type Thought, ThoughtColumn } from "./thought-column";

/** Keeps an element within a viewport saying a thought. The element is empty for React. */
export function useThought(
  place: RefObject<HTMLElement | null>,
  viewport: RefObject<HTMLElement | null>,
  { blocks, tail, isGrowing }: Thought,
): void {
  const column = useRef<ThoughtColumn | null>(null);
  useLayoutEffect(() => {
    if (!place.current || !viewport.current) return;
    const made = new ThoughtColumn(place.current, viewport.current);
    column.current = made;
    return () => made.dispose();
  }, [place, viewport]);
  useLayoutEffect(() => column.current?.say({ blocks, tail, isGrowing }), [blocks, tail, isGrowing]);
}
