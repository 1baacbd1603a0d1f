import { liftFormulas, MARK } from "./lift-formulas";

/** A paragraph longer than this, in characters, is cut, so that what is added to it is not parsed with all of it. */
const LONG = 600;
/** What is open longer than this was not meant to be: it is cut all the same. */
const TOO_LONG = 2_000;

/** A line that is no part of a paragraph, or makes it something else. */
const OTHER =
  /^(?: {4}|\t| {0,3}(?:[-+*](?:\s|$)|[>|<]|#{1,6}(?:\s|$)|\d{1,9}[.)]|`{3}|~{3}|=+\s*$|(?:[-*_][ \t]*){2,}$|\[[^\]\n]*\]:))/m;

/**
 * Where a sentence ends and another begins, with what could not be the beginning of a list, a quote or a heading. It looks
 * back over a few signs only: thousands in a row would be read again from each of them.
 */
const SENTENCE = /(?<=[.!?:;…]["'”’)\]*_`$]{0,8}) (?=[\p{L}$\\("“'‘])|(?<=[。！？])(?=\p{L})/gu;

/**
 * Cuts a long paragraph between sentences, so that its parts can be set apart. While it grows, all but the last part stay
 * as they are.
 *
 * @param block A paragraph, or anything else, which stays whole.
 */
export function splitParagraph(block: string): string[] {
  if (block.length <= LONG || OTHER.test(block)) return [block];
  const parts: string[] = [];
  let begin = 0;
  for (const { index, 0: gap } of block.matchAll(SENTENCE)) {
    const end = index + gap.length;
    if (end - begin <= LONG) continue;
    const part = block.slice(begin, end);
    if (part.length <= TOO_LONG && !isWhole(part)) continue;
    parts.push(part);
    begin = end;
  }
  return [...parts, block.slice(begin)];
}

/** Whether nothing is open at its end: no formula, code, emphasis or link. */
function isWhole(part: string): boolean {
  const { markdown, formulas } = liftFormulas(part, true);
  const length = formulas.reduce((sum, { source }) => sum + source.length, markdown.replace(MARKS, "").length);
  return (
    length === part.length &&
    !OPEN.test(markdown.replace(/\\./g, "").replace(CODE, "").replace(PAIR, "").replace(PAIR, ""))
  );
}

const MARKS = new RegExp(MARK, "g");
const CODE = /(`+)(?!`)[\s\S]{0,300}?[^`]\1(?!`)/g;
/** Emphasis, and what is struck out or in brackets. */
const PAIR = /(\*{1,3}|_{1,3}|~{1,2})(?=\S)[^*_~]*?\1|\[[^[\]]*\](?:\([^()\s]*\))?|<[^<>\s]*>/g;
/** What may begin one of these. */
const OPEN = /[*~](?=\S)|(?<!\p{L})_(?=\S)|[`[]|<(?=\p{L})/u;
