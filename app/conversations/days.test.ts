import { expect, test } from "vitest";
import { groupByDay } from "./days";

const at = (text: string): number => new Date(text).getTime();
const group = (times: readonly string[], now: string) =>
  groupByDay(times, at, at(now)).map(({ day, values }) => `${day}: ${values.join(" ")}`);

test("days begin at midnight where the person is, not 24 hours ago", () => {
  const times = ["2026-11-23T00:05", "2026-11-22T23:55", "2026-11-22T00:00", "2026-11-21T23:59", "2026-11-16T00:00"];
  expect(group(times, "2026-11-23T00:10")).toEqual([
    "today: 2026-11-23T00:05",
    "yesterday: 2026-11-22T23:55 2026-11-22T00:00",
    "week: 2026-11-21T23:59 2026-11-16T00:00",
  ]);
});

test("a month, and all before it; a clock that was put back leaves a conversation today", () => {
  const times = ["2026-12-01T00:00", "2026-11-01T00:00", "2026-10-24T00:00", "2026-10-23T23:59"];
  expect(group(times, "2026-11-23T12:00")).toEqual([
    "today: 2026-12-01T00:00",
    "month: 2026-11-01T00:00 2026-10-24T00:00",
    "earlier: 2026-10-23T23:59",
  ]);
});
