/** What a run of the bench found. The same figures are printed, written as JSON, and compared. */
export interface BenchReport {
  /** The adapter, in the driver's words. */
  readonly device: string;
  /** WebGPU features that were granted. */
  readonly features: readonly string[];
  /** ISO 8601. */
  readonly date: string;
  /** Of the source that ran. */
  readonly commit: string;
  /** The model, in a few words. */
  readonly model: string;
  readonly tables: readonly BenchTable[];
}

export interface BenchTable {
  readonly title: string;
  /** What the figures are and are not, for the reader. */
  readonly note?: string;
  readonly rows: readonly BenchRow[];
}

export interface BenchRow {
  /** What was measured; unique in its table. */
  readonly name: string;
  /** By name with unit, as "GB/s". A figure that is not known is left out. */
  readonly figures: Readonly<Record<string, number>>;
}

/** Leaves out what is not a number, which JSON cannot hold. */
export function figures(all: Readonly<Record<string, number | undefined>>): Record<string, number> {
  const known = Object.entries(all).filter((entry): entry is [string, number] => Number.isFinite(entry[1]));
  return Object.fromEntries(known);
}
