/** "preparing" and "keeping" are done while nobody waits. */
type Task = "opening" | "turn" | "preparing" | "keeping";

/** What a task ends when it begins. Beside any other it is not begun. */
const ENDS: Readonly<Record<Task, readonly Task[]>> = {
  opening: ["opening", "turn", "preparing", "keeping"],
  turn: ["preparing", "keeping"],
  preparing: ["preparing", "keeping"],
  keeping: [],
};

interface Running {
  readonly task: Task;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
  isSuperseded: boolean;
}

/** What the worker is doing, one thing at a time. The page does not ask for more. */
export class OneAtATime {
  #running: Running | undefined;
  /** Of work that waits for what is running to give way. */
  readonly #waiting = new Set<AbortController>();

  /**
   * Runs work once that which it may end has ended; beside what it may not end it is not begun at all.
   *
   * @throws whatever the work throws, unless something has taken its place meanwhile.
   */
  async run(task: Task, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const abort = new AbortController();
    while (this.#running) {
      if (!ENDS[task].includes(this.#running.task)) return;
      this.#running.isSuperseded = true;
      this.#running.abort.abort();
      this.#waiting.add(abort);
      await this.#running.ended;
      this.#waiting.delete(abort);
    }
    const done = work(abort.signal);
    const mine: Running = { task, abort, ended: done.catch(() => {}), isSuperseded: false };
    this.#running = mine;
    try {
      await done;
    } catch (error) {
      // Nobody waits for it any more.
      if (!mine.isSuperseded) throw error;
    } finally {
      this.#running = undefined;
    }
  }

  /** Ends what is running. What waits for its turn begins with a signal that is aborted already. */
  stop(): void {
    this.#running?.abort.abort();
    for (const abort of this.#waiting) abort.abort();
  }
}
