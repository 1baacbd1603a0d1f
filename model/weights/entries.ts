import { ManifestError } from "./errors";

/** Reads entries of untrusted JSON. Every error says where: "chunks[3].sha256". */
export class Entries {
  readonly where: string;
  readonly #entries: Record<string, unknown>;

  /** @throws ManifestError when `json` is not an object. */
  constructor(where: string, json: unknown) {
    if (typeof json !== "object" || json === null || Array.isArray(json))
      throw new ManifestError(`${where} is ${spelled(json)}, expected an object.`);
    this.where = where;
    this.#entries = json as Record<string, unknown>;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#entries, key);
  }

  value(key: string): unknown {
    return this.has(key) ? this.#entries[key] : undefined;
  }

  at(key: string): string {
    return `${this.where}.${key}`;
  }

  /** A string that is not empty. */
  text(key: string): string {
    const value = this.value(key);
    if (typeof value !== "string" || value === "") throw this.wrong(key, "a text");
    return value;
  }

  /** A whole number from `least` to `most`. */
  whole(key: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
    const value = this.value(key);
    if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most)
      throw this.wrong(key, `a whole number from ${least} to ${most}`);
    return value as number;
  }

  oneOf<T extends string>(key: string, choices: readonly T[]): T {
    const value = this.value(key);
    const choice = choices.find((known) => known === value);
    if (choice === undefined) throw this.wrong(key, `one of ${choices.join(", ")}`);
    return choice;
  }

  /** At most `most` items, so that a hostile file cannot make the page count for ever. */
  list(key: string, most: number): readonly unknown[] {
    const value = this.value(key);
    if (!Array.isArray(value)) throw this.wrong(key, "a list");
    if (value.length > most) throw new ManifestError(`${this.at(key)} has ${value.length} entries, at most ${most}.`);
    return value;
  }

  wrong(key: string, expected: string): ManifestError {
    return new ManifestError(`${this.at(key)} is ${spelled(this.value(key))}, expected ${expected}.`);
  }
}

function spelled(value: unknown): string {
  const json = JSON.stringify(value) ?? "missing";
  return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}
