/** What a server does in place of an honest answer. */
export type Fault =
  /** Sends so many bytes of the body, then breaks the connection. */
  | { readonly kind: "drop"; readonly afterBytes: number }
  /** Sends so many bytes of the body, then nothing more. */
  | { readonly kind: "stall"; readonly afterBytes: number }
  | { readonly kind: "slow"; readonly bytesPerSecond: number }
  /** One bit of the body is another. */
  | { readonly kind: "wrong-bytes" }
  /** Answers with this status and no file. */
  | { readonly kind: "status"; readonly status: number; readonly retryAfter?: number }
  /** Gives the file another ETag. */
  | { readonly kind: "etag" }
  /** Says that the file has one byte more. */
  | { readonly kind: "longer" }
  /** Sends the whole file whatever range was asked for. */
  | { readonly kind: "ignore-range" }
  /** Sends no Content-Range that a page could read. */
  | { readonly kind: "hide-range" };

/** When a fault happens. */
export interface FaultRule {
  /** By default any file. */
  readonly file?: string | undefined;
  /** How many requests it hits; by default 1. */
  readonly times?: number | undefined;
  /** Requests for the file that are answered honestly before. */
  readonly after?: number | undefined;
}

/** Which requests are to go wrong, and how. */
export class Faults {
  readonly #rules: { fault: Fault; file: string | undefined; times: number; after: number }[] = [];

  add(fault: Fault, { file, times = 1, after = 0 }: FaultRule = {}): void {
    this.#rules.push({ fault, file, times, after });
  }

  clear(): void {
    this.#rules.length = 0;
  }

  /** The fault for a request for this file, if any; counts it. */
  take(file: string): Fault | undefined {
    for (const rule of this.#rules) {
      if ((rule.file !== undefined && rule.file !== file) || rule.times === 0) continue;
      if (rule.after > 0) {
        rule.after -= 1;
        continue;
      }
      rule.times -= 1;
      return rule.fault;
    }
    return undefined;
  }
}
