const SHORTEST = 2_048;

/** Lengths to choose from: powers of two, the longest that can be had, and the one that is chosen now. In order. */
export function contextLengths(longest: number, chosen: number): number[] {
  const lengths = new Set([Math.min(chosen, longest), longest]);
  for (let length = SHORTEST; length < longest; length *= 2) lengths.add(length);
  return [...lengths].sort((a, b) => a - b);
}
