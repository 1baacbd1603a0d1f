import { attempt } from "@gpu/attempt";
import type { Gpu } from "@gpu/device";
import type { CacheRows } from "../state/cache-rows";
import type { SequenceState } from "../state/sequence-state";
import { restoreSnapshot, snapshotBytes, takeSnapshot } from "../state/snapshot";
import { checkpointBudget } from "./checkpoint-budget";
import { commonLength } from "./common-length";
import { KeptRows } from "./kept-rows";

/** A state to which a sequence can go back. */
export interface Checkpoint {
  /** What the state had read. */
  readonly ids: readonly number[];
  /** All of it but the full cache. */
  readonly snapshot: GPUBuffer;
  /** Where it comes from; once it has been gone back to, it is one of ours. */
  readonly from: "memory" | "storage";
}

/**
 * States that a sequence has gone through, in GPU memory, so that it can go back to them without reading: of each all
 * but the full cache, whose rows stay valid as far as two sequences begin alike. What another branch would overwrite is
 * copied before. All within a budget; what was used longest ago goes first. Losing any of it costs time, nothing else.
 */
export class Checkpoints {
  readonly #gpu: Gpu;
  readonly #state: SequenceState;
  readonly #rows: KeptRows;
  readonly #mostBytes: number;
  /** The one used last stands last. */
  #all: readonly Checkpoint[] = [];
  /** Copies that the device has not accepted yet. */
  #pending: Promise<unknown> = Promise.resolve();

  /** @param mostBytes of GPU memory; as suits the model unless given. */
  constructor(gpu: Gpu, state: SequenceState, contextLength: number, mostBytes?: number) {
    this.#gpu = gpu;
    this.#state = state;
    this.#rows = new KeptRows(gpu, state);
    const [snapshot, rows] = [snapshotBytes(state, contextLength), this.#rows.bytesOf(contextLength)];
    this.#mostBytes = mostBytes ?? checkpointBudget(snapshot, rows);
  }

  /** GPU memory that they take at most, in bytes. */
  get mostBytes(): number {
    return this.#mostBytes;
  }

  /** GPU memory that they take. */
  get bytes(): number {
    return this.#all.reduce((sum, { snapshot }) => sum + snapshot.size, this.#rows.bytes);
  }

  /**
   * Keeps the state as it is now, after these ids.
   *
   * @param spacing fewer tokens than this after another checkpoint are rather read again.
   */
  mark(ids: readonly number[], spacing = 1): void {
    const near = this.#all.find((other) => ids.length - other.ids.length < spacing && isBeginning(other.ids, ids));
    if (near) this.#use(near);
    const position = ids.length;
    if (near || position === 0 || snapshotBytes(this.#state, position) > this.#mostBytes) return;
    const { made, isAccepted } = attempt(this.#gpu, () => takeSnapshot(this.#gpu, this.#state, position));
    const checkpoint: Checkpoint = { ids: [...ids], snapshot: made, from: "memory" };
    this.#use(checkpoint);
    this.#shrink();
    const settled = isAccepted.then((isThere) => isThere || this.#drop(checkpoint));
    this.#pending = Promise.all([this.#pending, settled]);
  }

  /**
   * The longest one that is a beginning of these ids and can be restored.
   *
   * @param live the ids whose rows the full cache holds.
   */
  async find(ids: readonly number[], live: readonly number[]): Promise<Checkpoint | undefined> {
    await this.#pending;
    return this.#all
      .filter((checkpoint) => isBeginning(checkpoint.ids, ids) && this.#canRestore(checkpoint, live))
      .reduce<Checkpoint | undefined>(
        (best, next) => (best && best.ids.length >= next.ids.length ? best : next),
        undefined,
      );
  }

  /** Makes the state what it was. The full cache must have room for it. */
  async goBack(checkpoint: Checkpoint, live: readonly number[]): Promise<void> {
    const { ids, snapshot } = checkpoint;
    this.#all = [...this.#all.filter((other) => other !== checkpoint), { ...checkpoint, from: "memory" }];
    const from = commonLength(ids, live);
    await this.leave(live, from);
    restoreSnapshot(this.#gpu, this.#state, ids.length, snapshot);
    this.#rows.restore(ids, { from, to: ids.length });
  }

  /**
   * To be called before the sequence goes on in another way after its first `count` ids: keeps the rows that will be
   * overwritten, as far as a checkpoint needs them.
   */
  async leave(live: readonly number[], count: number): Promise<void> {
    const ends = this.#all.filter(({ ids }) => isBeginning(ids, live)).map(({ ids }) => ids.length);
    const to = Math.max(count, ...ends);
    if (this.#rows.bytesOf(to - count) <= this.#mostBytes) await this.#rows.keep(live, { from: count, to });
    this.#shrink();
  }

  /** Takes one in that was not made here, with all of its rows, which may be those of a sequence that goes on from it. */
  add(checkpoint: Checkpoint, rows: readonly CacheRows[], ids: ArrayLike<number>): void {
    for (const range of rows) this.#rows.add({ ...range, ids });
    this.#use(checkpoint);
    this.#shrink();
  }

  /** Frees all of them, or all but one. */
  giveUp(but?: Checkpoint): void {
    for (const checkpoint of this.#all) if (checkpoint !== but) checkpoint.snapshot.destroy();
    this.#all = this.#all.filter((checkpoint) => checkpoint === but);
    this.#rows.keepOnlyFor(this.#all.map(({ ids }) => ids));
  }

  #canRestore({ ids }: Checkpoint, live: readonly number[]): boolean {
    return this.#rows.has(ids, { from: commonLength(ids, live), to: ids.length });
  }

  #use(checkpoint: Checkpoint): void {
    this.#all = [...this.#all.filter((other) => other !== checkpoint), checkpoint];
  }

  #drop(checkpoint: Checkpoint): void {
    checkpoint.snapshot.destroy();
    this.#all = this.#all.filter((other) => other !== checkpoint);
    this.#rows.keepOnlyFor(this.#all.map(({ ids }) => ids));
  }

  /** Down to the budget; the one used last is what all this is for. */
  #shrink(): void {
    for (const oldest of this.#all.slice(0, -1)) {
      if (this.bytes <= this.#mostBytes) return;
      this.#drop(oldest);
    }
  }
}

const isBeginning = (ids: readonly number[], of: readonly number[]): boolean => commonLength(ids, of) === ids.length;
