import type { Workgroups } from "./kernel";
import { ceilDiv } from "./shape";

/** What one axis of a grid holds on every device. */
export const MOST_WORKGROUPS = 65535;

/** At least `count` workgroups, over a second axis where one does not hold them. A kernel counts on from row to row. */
export const foldedGrid = (count: number): Workgroups => [
  Math.min(count, MOST_WORKGROUPS),
  ceilDiv(count, MOST_WORKGROUPS),
  1,
];
