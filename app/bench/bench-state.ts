import type { BenchEvent, Doing, Table } from "./protocol";

/** All that the page knows of a run of the bench. */
export interface BenchState {
  readonly phase: "idle" | "running" | "stopping" | "done" | "stopped" | "failed";
  readonly doing: Doing | null;
  /** What went wrong. */
  readonly fault: string | null;
  readonly report: Report;
}

/** What `npm run bench` writes too, so that either can be compared with either. */
export interface Report {
  readonly device: string;
  readonly features: readonly string[];
  readonly model: string;
  /** ISO 8601. */
  readonly date: string;
  readonly commit: string;
  readonly tables: readonly Table[];
}

export type BenchChange =
  | BenchEvent
  | { kind: "begun"; date: string; commit: string }
  | { kind: "stop-asked" }
  | { kind: "ended"; phase: "done" | "stopped" };

const NO_REPORT: Report = { device: "", features: [], model: "", date: "", commit: "", tables: [] };

export const IDLE: BenchState = { phase: "idle", doing: null, fault: null, report: NO_REPORT };

/** The state after something has happened. */
export function benchAfter(state: BenchState, change: BenchChange): BenchState {
  const { report } = state;
  switch (change.kind) {
    case "begun":
      return { ...IDLE, phase: "running", report: { ...NO_REPORT, date: change.date, commit: change.commit } };
    case "doing":
      return { ...state, doing: change.doing };
    case "device": {
      const { device, features, model } = change;
      return { ...state, report: { ...report, device, features, model } };
    }
    case "table":
      return { ...state, report: { ...report, tables: [...report.tables, change.table] } };
    case "stop-asked":
      return { ...state, phase: "stopping" };
    case "failed":
      return { ...state, phase: "failed", doing: null, fault: change.message };
    case "ended":
      return { ...state, phase: change.phase, doing: null };
    case "stored":
    case "cleaned":
      return state;
  }
}
