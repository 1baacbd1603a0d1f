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
 * Has a long answer that is there from the start set in slices, from its end, where it is seen first, to its beginning:
 * all at once would hold the page up.
 *
 * @returns from which block on it is set.
 */
export function useSetFrom(blocks: readonly string[], { isGrowing, isFirst }: Setting): number {
  const [from, setFrom] = useState(() => {
    if (isGrowing) return 0;
    return isFirst ? firstWithin(blocks, AT_ONCE) : blocks.length;
  });
  useLayoutEffect(() => {
    if (from > 0) return inSlices(() => setFrom(from - 1));
  }, [from]);
  return from;
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
