/** More than any context holds. */
const MOST_CHARACTERS = 4_000_000;

/** What was made of texts, of those that were used last. */
export class RecentTexts<Value> {
  /** The one used last stands last. */
  readonly #values = new Map<string, Value>();
  readonly #mostCharacters: number;
  #characters = 0;

  constructor(mostCharacters = MOST_CHARACTERS) {
    this.#mostCharacters = mostCharacters;
  }

  get(text: string): Value | undefined {
    const value = this.#values.get(text);
    if (value !== undefined) this.set(text, value);
    return value;
  }

  set(text: string, value: Value): void {
    this.#delete(text);
    this.#values.set(text, value);
    this.#characters += text.length;
    for (const oldest of this.#values.keys()) {
      if (this.#characters <= this.#mostCharacters) break;
      this.#delete(oldest);
    }
  }

  #delete(text: string): void {
    if (this.#values.delete(text)) this.#characters -= text.length;
  }
}

/** The same function, which need not do the same again. */
export function remembering<Value>(make: (text: string) => Value): (text: string) => Value {
  const known = new RecentTexts<Value>();
  return (text) => {
    const value = known.get(text) ?? make(text);
    known.set(text, value);
    return value;
  };
}
