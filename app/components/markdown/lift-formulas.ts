/** Markdown whose formulas have been lifted out, each leaving a mark that Markdown has no meaning for. */
export interface Lifted {
  markdown: string;
  /** By the number in the mark. */
  formulas: Formula[];
}

export interface Formula {
  tex: string;
  isDisplay: boolean;
  /** With what encloses it, as it was written. */
  source: string;
}

/** A mark in text: private-use characters around the formula's number. */
export const MARK = /\uE000(\d+)\uE001/;

interface Delimiter {
  open: string;
  close: string;
  isDisplay: boolean;
  /** Finds, after the opening, what may close it or end the search: a closing, any escaped character, a blank line. */
  stops: RegExp;
  /** How much unclosed text may be a formula that is still being written. */
  mostPending: number;
}

/** Longer openings first. Only display formulas may have blank lines in them. */
const DELIMITERS: readonly Delimiter[] = [
  { open: "\\[", close: "\\]", isDisplay: true, stops: /\\[\s\S]/g, mostPending: 4_000 },
  { open: "\\(", close: "\\)", isDisplay: false, stops: /\\[\s\S]|\n[ \t]*\n/g, mostPending: 1_000 },
  { open: "$$", close: "$$", isDisplay: true, stops: /\$\$|\\[\s\S]/g, mostPending: 4_000 },
  { open: "$", close: "$", isDisplay: false, stops: /\$|\\[\s\S]|\n[ \t]*\n/g, mostPending: 200 },
];

/** A longer formula is none. */
const MOST_LENGTH = 8_000;

/** Code, in which nothing is a formula, an escaped character, or the opening of a formula; whichever comes first. */
const INTERESTING = /^ {0,3}(`{3,}|~{3,})[^\n]*|`+|\\[\s\S]|\${1,2}/gm;

/**
 * Takes the formulas $…$, $$…$$, \(…\) and \[…\] out of Markdown, so that its rules for emphasis, tables and line breaks
 * cannot touch them. Code keeps its dollar signs, and so do amounts of money: as in Pandoc, an opening $ has no space
 * after it, a closing $ none before it and no digit after it.
 *
 * @param isGrowing More text may follow: a formula at the end that is not closed yet is held back.
 */
export function liftFormulas(text: string, isGrowing: boolean): Lifted {
  const source = text.replace(/[\uE000\uE001]/g, "");
  const formulas: Formula[] = [];
  let markdown = "";
  const searched = new Map<Delimiter, number>();
  let position = 0;
  INTERESTING.lastIndex = 0;
  for (let match = INTERESTING.exec(source); match; match = INTERESTING.exec(source)) {
    const start = match.index;
    const delimiter = DELIMITERS.find(({ open }) => open === match?.[0]);
    if (!delimiter) {
      INTERESTING.lastIndex = match[0].startsWith("\\") ? start + 2 : codeEnd(source, start, match);
      continue;
    }
    const from = start + delimiter.open.length;
    const to = findClose(source, from, delimiter, searched);
    if (to !== undefined) {
      const end = to + delimiter.close.length;
      markdown += `${source.slice(position, start)}\uE000${formulas.length}\uE001`;
      const { isDisplay } = delimiter;
      formulas.push({ tex: source.slice(from, to).trim(), isDisplay, source: source.slice(start, end) });
      position = end;
      INTERESTING.lastIndex = position;
    } else if (isGrowing && mayStillClose(source.slice(from), delimiter)) {
      return { markdown: markdown + source.slice(position, start), formulas };
    }
  }
  const rest = source.slice(position);
  return { markdown: markdown + (isGrowing ? rest.replace(/\\$/, "") : rest), formulas };
}

/** Where code that begins here ends, or just after its opening when it never does and is no fence. */
function codeEnd(source: string, start: number, match: RegExpExecArray): number {
  const after = start + match[0].length;
  const fence = match[1];
  const closing = fence
    ? new RegExp(`^ {0,3}${fence[0]}{${fence.length},}[ \\t]*$`, "gm")
    : new RegExp(`(?<!\`)\`{${match[0].length}}(?!\`)`, "g");
  closing.lastIndex = after;
  const found = closing.exec(source);
  if (found) return found.index + found[0].length;
  return fence ? source.length : after;
}

/**
 * The index at which the closing delimiter begins.
 *
 * @param searched Up to where each kind has been looked for in vain: a text of nothing but openings is read once.
 */
function findClose(
  source: string,
  from: number,
  delimiter: Delimiter,
  searched: Map<Delimiter, number>,
): number | undefined {
  if (delimiter.open === "$" && isSpace(source[from])) return undefined;
  const { index, isClose } = nextStop(source, from, Math.max(from, searched.get(delimiter) ?? 0), delimiter);
  if (!isClose) searched.set(delimiter, index);
  return isClose && source.slice(from, index).trim() !== "" ? index : undefined;
}

/** Where a search that begins at `at` ends: at a closing delimiter, or where there can be none. */
function nextStop(source: string, from: number, at: number, { open, close, stops }: Delimiter) {
  stops.lastIndex = at;
  for (let match = stops.exec(source); match; match = stops.exec(source)) {
    const [stop] = match;
    const { index } = match;
    if (stop.startsWith("\n") || index - from > MOST_LENGTH) return { index, isClose: false };
    if (stop === close && !(open === "$" && isMoney(source, index))) return { index, isClose: true };
  }
  return { index: source.length, isClose: false };
}

/** Whether a $ cannot be a closing one. */
const isMoney = (source: string, index: number): boolean =>
  isSpace(source[index - 1]) || /\d/.test(source[index + 1] ?? "");

const isSpace = (character: string | undefined): boolean => character === undefined || /\s/.test(character);

function mayStillClose(rest: string, { open, mostPending, isDisplay }: Delimiter): boolean {
  if (rest.length > mostPending) return false;
  if (open === "$") return !/^\s|\n/.test(rest);
  return isDisplay || !/\n[ \t]*\n/.test(rest);
}
