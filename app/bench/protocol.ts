/** All that crosses the boundary between the bench page and its worker. */

/** The form's fields as they were written; what is empty is up to the device. */
export interface BenchFields {
  /** "tiny" or "full". */
  readonly config: string;
  /** Numbers and names separated by commas. "load" by itself: the loading, and the page's own worker at contexts that are given. */
  readonly only: string;
  readonly contexts: string;
  readonly prompts: string;
  readonly "kernels-at": string;
}

export type BenchRequest =
  /** Run the suite, then store a model of random weights. */
  | { kind: "run"; fields: BenchFields }
  /** Remove that model again. */
  | { kind: "clean" };

export type BenchEvent =
  | { kind: "device"; device: string; features: readonly string[]; model: string }
  | { kind: "doing"; doing: Doing }
  | { kind: "table"; table: Table }
  /** The model lies in the browser's store and nothing holds the device: the page's own worker may open it. */
  | { kind: "stored"; model: string; contexts: readonly number[] }
  | { kind: "cleaned" }
  | { kind: "failed"; message: string };

/** What takes so long. */
export type Doing =
  /** The suite, after the table with this title. */
  | { readonly step: "measuring"; readonly after?: string }
  | { readonly step: "storing"; readonly percent: number }
  | { readonly step: "loading" }
  /** Through the page's own worker. */
  | { readonly step: "writing"; readonly context: number }
  | { readonly step: "cleaning" };

/** The form of model/bench/report.ts. */
export interface Table {
  readonly title: string;
  readonly note?: string;
  readonly rows: readonly Row[];
}

export interface Row {
  readonly name: string;
  /** By name with unit, as "GB/s". */
  readonly figures: Readonly<Record<string, number>>;
}
