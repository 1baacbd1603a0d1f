/** What sets formulas in a thought. */
export type Typesetter = typeof import("../markdown/typeset-thought");

let loaded: Typesetter | undefined;

/** Fetches it, or has it at once. */
export async function loadTypesetter(): Promise<Typesetter> {
  loaded ??= await import("../markdown/typeset-thought");
  return loaded;
}

/** Undefined until it has been fetched. */
export const typesetterNow = (): Typesetter | undefined => loaded;
