/** Emphasis and code that are whole, and characters that mean nothing. */
const WHOLE = /\\[\s\S]|(`+)(?!`)[\s\S]{0,300}?[^`]\1(?!`)|(\*{1,3}|_{1,3}|~~)(?=\S)[^*_~`\n]*?[^\s*_~`]\2/g;
/** What begins emphasis or code in the last line and is not ended, and what is in it. */
const OPEN = /(?<![\p{L}\d\\])(`+|\*{1,3}|_{1,3}|~~)(?=\S)([^*_~`\n]*)$/u;
/** The same, with nothing in it yet. */
const JUST_OPEN = /(?<=\S[^\S\n])(`+|\*{1,3}|_{1,3}|~~)$/;

/** In a longer line, in characters, it is not looked for. */
const MOST_CHARACTERS = 1_000;

/**
 * Ends what is emphasized, or in code, at the end of Markdown to which more may come: it is seen as what it will be, not
 * with its stars first.
 */
export function closeEmphasis(markdown: string): string {
  const begin = markdown.lastIndexOf("\n") + 1;
  if (markdown.length - begin > MOST_CHARACTERS) return markdown;
  const line = markdown.slice(begin).replace(WHOLE, (whole) => "x".repeat(whole.length));
  const just = JUST_OPEN.exec(line);
  if (just) return markdown.slice(0, begin + just.index);
  const open = OPEN.exec(line);
  return open ? `${markdown.trimEnd()}${open[1]}` : markdown;
}
