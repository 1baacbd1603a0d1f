import type { ByteSource } from "../checkpoint";
import type { ModelStore } from "../store";

/** The tab was closed. */
export class Killed extends Error {
  override readonly name = "Killed";
}

/** Ends the work at one of its steps: each read of the source and each call of the store is two, before and after. */
export class Killer {
  #left: number;
  /** Steps taken so far. */
  steps = 0;

  /** @param after steps that may still be taken; then every step throws. */
  constructor(after: number) {
    this.#left = after;
  }

  step(): void {
    this.steps += 1;
    this.#left -= 1;
    if (this.#left < 0) throw new Killed("killed");
  }

  /** An object whose methods end before or after their work. */
  watch<T extends ModelStore | ByteSource>(target: T): T {
    return new Proxy(target, {
      get: (object, key) => {
        const member = Reflect.get(object, key);
        if (typeof member !== "function" || key === "versions") return member;
        return async (...args: unknown[]) => {
          this.step();
          const result: unknown = await Reflect.apply(member, object, args);
          this.step();
          return result;
        };
      },
    });
  }
}
