/** Bytes as they come in; a range keeps its room from the beginning. */
export class Inbox {
  #bytes: Uint8Array<ArrayBuffer>;
  received = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** @returns false when there is more than fits. */
  take(run: Uint8Array, most: number): boolean {
    const end = this.received + run.byteLength;
    if (end > most) return false;
    if (end > this.#bytes.byteLength) {
      const larger = new Uint8Array(Math.min(most, 2 * end));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(run, this.received);
    this.received = end;
    return true;
  }

  content(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.received);
  }
}
