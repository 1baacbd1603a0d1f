/** Since when, as a list of conversations is divided. */
export type Day = "today" | "yesterday" | "week" | "month" | "earlier";

const SINCE: readonly { day: Day; days: number }[] = [
  { day: "today", days: 0 },
  { day: "yesterday", days: 1 },
  { day: "week", days: 7 },
  { day: "month", days: 30 },
];

/**
 * Values in groups by the day of the person's calendar, in the order in which they come.
 *
 * @param now milliseconds since 1970, as `timeOf` returns.
 */
export function groupByDay<T>(values: readonly T[], timeOf: (value: T) => number, now: number) {
  const groups: { day: Day; values: T[] }[] = [];
  for (const value of values) {
    const day = dayOf(timeOf(value), now);
    const last = groups.at(-1);
    if (last?.day === day) last.values.push(value);
    else groups.push({ day, values: [value] });
  }
  return groups;
}

const dayOf = (at: number, now: number): Day => SINCE.find(({ days }) => at >= midnight(now, days))?.day ?? "earlier";

/** Days differ in length where clocks are put forward and back. */
const midnight = (now: number, daysBefore: number): number => {
  const date = new Date(now);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() - daysBefore).getTime();
};
