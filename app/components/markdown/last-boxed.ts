/** What matters for the balance of braces: the opening of a box, an escaped character, a brace. */
const MARK = /(?<opening>\\boxed\s*\{|\{)|\\[\s\S]|(?<closing>\})/g;

/**
 * The content of the last `\boxed{…}` of an answer: of those whose braces balance, the one that begins last. The page
 * has a rule of its own for this, for it may not know the model's (model/chat); both take the same one.
 *
 * @returns undefined when there is none, or nothing in it.
 */
export function lastBoxed(answer: string): string | undefined {
  const open: { isBox: boolean; start: number }[] = [];
  let last = { start: -1, end: -1 };
  for (const { groups, index } of answer.matchAll(MARK)) {
    if (groups?.opening) open.push({ isBox: groups.opening !== "{", start: index + groups.opening.length });
    const opened = groups?.closing ? open.pop() : undefined;
    if (opened?.isBox && opened.start > last.start) last = { start: opened.start, end: index };
  }
  return last.start < 0 ? undefined : answer.slice(last.start, last.end).trim() || undefined;
}
