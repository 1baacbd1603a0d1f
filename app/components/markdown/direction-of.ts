import { liftFormulas, MARK } from "./lift-formulas";

/** What says nothing of the direction: formulas and code, which always run from the left. */
const NEUTRAL = new RegExp(`${MARK.source}|(\`+)(?!\`)[\\s\\S]*?[^\`]\\2(?!\`)`, "g");

/** Unicode's blocks of scripts that run from the right. */
const FROM_RIGHT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFF\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

/**
 * Which way prose runs: as its first letter does, as in `unicode-bidi: plaintext`.
 *
 * @param parts Markdown, cut where no formula and no code is open.
 * @returns undefined where there is no letter.
 */
export function directionOf(parts: readonly string[]): "ltr" | "rtl" | undefined {
  for (const part of parts) {
    const [letter] = /\p{L}/u.exec(liftFormulas(part, false).markdown.replace(NEUTRAL, "")) ?? [];
    if (letter) return FROM_RIGHT.test(letter) ? "rtl" : "ltr";
  }
  return undefined;
}
