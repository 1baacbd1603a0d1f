import { attempt } from "@gpu/attempt";
import type { Gpu } from "@gpu/device";
import { type CacheRows, cacheRowBytes, type RowRange, restoreRows, takeRows } from "../state/cache-rows";
import type { SequenceState } from "../state/sequence-state";
import { commonLength } from "./common-length";

/** Rows of the full cache that another branch has overwritten, or will. */
interface Kept extends CacheRows {
  /** The sequence that they belong to, at least up to their end. */
  readonly ids: ArrayLike<number>;
}

/** A part of a sequence's rows, and where it lies. */
interface Part extends RowRange {
  readonly rows: Kept;
}

/** Copies of rows of the full cache, by the ids that they were made from. */
export class KeptRows {
  readonly #gpu: Gpu;
  readonly #state: SequenceState;
  #kept: readonly Kept[] = [];

  constructor(gpu: Gpu, state: SequenceState) {
    this.#gpu = gpu;
    this.#state = state;
  }

  get bytes(): number {
    return this.#kept.reduce((sum, { buffer }) => sum + buffer.size, 0);
  }

  /** Copies what is not kept yet of a range of rows, which the cache holds now. */
  async keep(ids: readonly number[], { from, to }: RowRange): Promise<void> {
    const begin = this.#reach(ids, from, to).reach;
    if (begin >= to) return;
    const { made, isAccepted } = attempt(this.#gpu, () => takeRows(this.#gpu, this.#state.full, { from: begin, to }));
    if (await isAccepted) this.add({ ...made, ids });
    else made.buffer.destroy();
  }

  add(rows: Kept): void {
    this.#kept = [...this.#kept, rows];
  }

  /** Whether rows of this sequence can be restored. */
  has(ids: readonly number[], { from, to }: RowRange): boolean {
    return this.#reach(ids, from, to).reach >= to;
  }

  /** Writes rows of this sequence, which must be there, to the cache. */
  restore(ids: readonly number[], { from, to }: RowRange): void {
    for (const { rows, ...range } of this.#reach(ids, from, to).parts) {
      restoreRows(this.#gpu, this.#state.full, rows, range);
    }
  }

  /** Frees what none of these sequences needs. */
  keepOnlyFor(sequences: readonly (readonly number[])[]): void {
    const isNeeded = ({ ids, from }: Kept) => sequences.some((sequence) => commonLength(sequence, ids) > from);
    for (const rows of this.#kept) if (!isNeeded(rows)) rows.buffer.destroy();
    this.#kept = this.#kept.filter(isNeeded);
  }

  /** Bytes of a number of rows. */
  bytesOf(count: number): number {
    return count * cacheRowBytes(this.#state.full);
  }

  /** How far rows of this sequence are there without a gap, and in which parts. */
  #reach(ids: readonly number[], from: number, to: number): { reach: number; parts: Part[] } {
    const parts: Part[] = [];
    let reach = from;
    while (reach < to) {
      const ends = this.#kept.map((rows) => {
        const end = Math.min(rows.to, to, commonLength(rows.ids, ids));
        return { rows, from: reach, to: rows.from <= reach ? end : reach };
      });
      const longest = ends.reduce<Part | undefined>((best, end) => (best && best.to >= end.to ? best : end), undefined);
      if (!longest || longest.to <= reach) break;
      parts.push(longest);
      reach = longest.to;
    }
    return { reach, parts };
  }
}
