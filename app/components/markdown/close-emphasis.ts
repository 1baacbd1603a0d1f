/** Emphasis and code that are whole, and characters that mean nothing. */
const WHOLE = /\\[\s\S]|(`+)(?!`)[\s\S]{0,300}?[^`]\1(?!`)|(\*{1,3}|_{1,3}|~~)(?=\S)[^*_~`\n]*?[^\s*_~`]\2/g;
/** What begins emphasis or code in the last line and is not ended, and what is in it. */
const OPEN = /(?<![\p{L}\d\\])(`+|\*{1,3}|_{1,3}|~~)(?=\S)([^*_~`\n]*)$/u;
/** The same, with nothing in it yet. */
const JUST_OPEN = /(?<=\S[^\S\n])(`+|\*{1,3}|_{1,3}|~~)$/;

/** A factor before it, or the bracket of a function: one star or underscore after that means itself. */
const FACTOR = /(?:\d|(?<![\p{L}\d])[b-z])[^\S\n]+$|[\p{L}\d][([{]$/u;
/** What is emphasized begins with a word, a formula, a quotation or a bracket, and ends none that was opened before it. */
const EMPHASIZED = /^(?=[\p{L}\d\uE000"“(])(?![^([{]*[)\]}])/u;

/** In a longer line, in characters, it is not looked for. */
const MOST_CHARACTERS = 1_000;

/**
 * Ends what is emphasized, or in code, at the end of Markdown to which more may come: it is seen as what it will be, not
 * with its stars first.
 */
export function closeEmphasis(markdown: string): string {
  const begin = lastBegin(markdown);
  if (markdown.length - begin > MOST_CHARACTERS) return markdown;
  const line = markdown.slice(begin).replace(WHOLE, (whole) => "x".repeat(whole.length));
  const just = JUST_OPEN.exec(line);
  if (just) return markdown.slice(0, begin + just.index);
  const open = OPEN.exec(line);
  return open && isMeant(open, line) ? `${markdown.trimEnd()}${open[1]}` : markdown;
}

/** Where the last line begins, or the last cell of a table. */
function lastBegin(markdown: string): number {
  const line = markdown.lastIndexOf("\n") + 1;
  return /^ {0,3}\|/.test(markdown.slice(line)) ? markdown.lastIndexOf("|") : line;
}

/** Whether it is emphasis: one star or underscore may be a sign of its own, as in `2 *3 = 6`. */
function isMeant({ index, 1: mark = "", 2: inside = "" }: RegExpExecArray, line: string): boolean {
  return !/^[*_]$/.test(mark) || (!FACTOR.test(line.slice(0, index)) && EMPHASIZED.test(inside));
}
