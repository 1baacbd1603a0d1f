import { useLayoutEffect, useState } from "react";
import { inSlices } from "../in-slices";

/** Of what is seen first so much, in characters, is set at once: about half a screen. */
const AT_ONCE = 1_000;

interface Setting {
  isGrowing: boolean;
  /** It is seen first: its end is set at once. */
  isFirst: boolean;
}

/**
 * Has a long answer that is there from the start set in slices: all at once would hold the page up. Its end is set first,
 * where it is seen first; the rest from the beginning on, so that what is set stays where it is.
 *
 * @returns which blocks are set.
 */
export function useSetBlocks(blocks: readonly string[], { isGrowing, isFirst }: Setting): (index: number) => boolean {
  const [end] = useState(() => {
    if (isGrowing) return 0;
    return isFirst ? firstWithin(blocks, AT_ONCE) : blocks.length;
  });
  const [set, setSet] = useState(0);
  useLayoutEffect(() => {
    if (set < end) return inSlices(() => setSet(set + 1));
  }, [set, end]);
  return (index) => index < set || index >= end;
}

/** Where the last blocks begin that have no more than so many characters, or the last one by itself. */
function firstWithin(blocks: readonly string[], most: number): number {
  let first = blocks.length;
  for (let length = 0; first > 0; first--) {
    length += blocks[first - 1]?.length ?? 0;
    if (length > most && first < blocks.length) break;
  }
  return first;
}
