/** What matters for the balance of braces: the opening of a box, an escaped character, a brace. */
const MARK = /(?<opening>\\boxed\s*\{|\{)|\\.|(?<closing>\})/gs;

/**
 * The content of the last `\boxed{…}` of an answer, trimmed: of those whose braces balance, the one that begins last.
 * Escaped braces (`\{`, `\}`) do not count. Linear in the length of the answer.
 *
 * @returns undefined when there is none, as in an answer that was cut off within its only box.
 */
export function lastBoxed(answer: string): string | undefined {
  const open: { isBox: boolean; start: number }[] = [];
  const boxes: { start: number; end: number }[] = [];
  for (const { groups, index } of answer.matchAll(MARK)) {
    if (groups?.opening) open.push({ isBox: groups.opening !== "{", start: index + groups.opening.length });
    if (groups?.closing) {
      const opened = open.pop();
      if (opened?.isBox) boxes.push({ start: opened.start, end: index });
    }
  }
  if (boxes.length === 0) return undefined;
  const last = boxes.reduce((a, b) => (b.start > a.start ? b : a));
  return answer.slice(last.start, last.end).trim();
}
