/** A small seeded generator (Lehmer), so that a failure can be repeated. Integers in [0, limit). */
export type Random = (limit: number) => number;

export function createRandom(seed: number): Random {
  let state = seed;
  return (limit) => {
    state = (state * 48271) % 2147483647;
    return Math.floor((state / 2147483647) * limit);
  };
}

/** One of the choices. */
export function pick<T>(random: Random, choices: readonly T[]): T {
  const choice = choices[random(choices.length)];
  if (choice === undefined) throw new Error("There is nothing to pick from.");
  return choice;
}

/** Makes a text a random number of times. */
export function repeat(random: Random, least: number, most: number, make: () => string, separator = ""): string {
  return Array.from({ length: least + random(most - least + 1) }, make).join(separator);
}
