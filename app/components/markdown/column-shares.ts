/** A column is thought to need room for at least, and at most, so many characters. */
const [FEWEST, MOST] = [6, 24];

/**
 * How wide the columns of a table are, in percent, going by their names: no row that comes makes one wider, unless a word
 * or a formula in it does not fit.
 */
export function columnShares(names: readonly string[]): number[] {
  const needed = names.map((name) => Math.min(MOST, Math.max(FEWEST, name.length)));
  const all = needed.reduce((sum, one) => sum + one, 0);
  return needed.map((one) => Math.round((10_000 * one) / all) / 100);
}
