/**
 * Text that only grows, kept as finished blocks of lines and an open end, so that showing 30,000 tokens of reasoning
 * touches only the end of it: a finished block is the same string for ever.
 */
export interface TextLog {
  /** Each at least BLOCK_LENGTH characters of whole lines, without the last line break. */
  readonly blocks: readonly string[];
  /** What no block holds yet. */
  readonly tail: string;
  /** Which blocks, by their index, end within a line, where it had to be broken. */
  readonly broken: readonly number[];
}

/** About a screenful: small enough to lay out in a frame, large enough that a long thought is a few hundred blocks. */
const BLOCK_LENGTH = 1_500;
/** A line longer than this is broken after a space; a reader loses nothing, and no block grows without bound. */
const LINE_LENGTH = 8_000;

export const EMPTY_LOG: TextLog = { blocks: [], tail: "", broken: [] };

/** The log with `text` after it. Blocks of the given log are kept as they are. */
export function appendText({ blocks, tail, broken }: TextLog, text: string): TextLog {
  const grown: string[] = [];
  const newlyBroken: number[] = [];
  let rest = tail + text;
  for (let cut = findCut(rest); cut; cut = findCut(rest)) {
    if (cut.next === cut.end) newlyBroken.push(blocks.length + grown.length);
    grown.push(rest.slice(0, cut.end));
    rest = rest.slice(cut.next);
  }
  if (grown.length === 0) return { blocks, tail: rest, broken };
  return { blocks: [...blocks, ...grown], tail: rest, broken: [...broken, ...newlyBroken] };
}

/** The whole text, as it came. */
export function textOf({ blocks, tail, broken }: TextLog): string {
  const within = new Set(broken);
  return blocks.map((block, index) => (within.has(index) ? block : `${block}\n`)).join("") + tail;
}

/** Whether there is anything but white space in it. */
export const isBlank = ({ blocks, tail }: TextLog): boolean => blocks.length === 0 && tail.trim() === "";

interface Cut {
  /** Where the finished block ends, and where what follows begins. */
  end: number;
  next: number;
}

function findCut(text: string): Cut | undefined {
  if (text.length <= BLOCK_LENGTH) return undefined;
  const lineEnd = text.indexOf("\n", BLOCK_LENGTH);
  if (lineEnd >= 0 && lineEnd <= LINE_LENGTH) return { end: lineEnd, next: lineEnd + 1 };
  if (text.length <= LINE_LENGTH) return undefined;
  const space = text.lastIndexOf(" ", LINE_LENGTH);
  const cut = space > BLOCK_LENGTH ? space + 1 : LINE_LENGTH;
  // Never between the halves of a surrogate pair.
  const end = isHighSurrogate(text.charCodeAt(cut - 1)) ? cut - 1 : cut;
  return { end, next: end };
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
