/** What is still to be written: of each thing only the newest, until that has been written. */
export class Outbox<T extends object> {
  readonly #items = new Map<string, T>();
  readonly #sent = new WeakSet<T>();

  get(id: string): T | undefined {
    return this.#items.get(id);
  }

  put(id: string, item: T): void {
    this.#items.set(id, item);
  }

  /** What is due and not being written yet; from now on it is. */
  take(isDue: (item: T) => boolean): T[] {
    const waiting = [...this.#items.values()].filter((item) => !this.#sent.has(item) && isDue(item));
    for (const item of waiting) this.#sent.add(item);
    return waiting;
  }

  /** Of this nothing is to be written any more. */
  drop(isGone: (item: T) => boolean): void {
    for (const [id, item] of this.#items) if (isGone(item)) this.#items.delete(id);
  }

  /** It has been written. What has been put since stays. */
  written(id: string, item: T): void {
    this.#sent.delete(item);
    if (this.#items.get(id) === item) this.#items.delete(id);
  }

  /** They could not be written, and wait again unless something newer does. */
  refused(...items: readonly T[]): void {
    for (const item of items) this.#sent.delete(item);
  }
}
