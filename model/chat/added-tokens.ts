/** A token that stands apart from BPE, such as `<|end|>`, as `added_tokens` of tokenizer.json has it. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** A control token: it steers the model and is not shown. */
  readonly special: boolean;
  /** Swallows the white space before, or after, it. */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
}

/** A piece of a prompt. */
export interface TextPart {
  readonly text: string;
  /** Text that somebody wrote: what looks like an added token in it is ordinary text. */
  readonly isPlain: boolean;
}

/** A stretch of ordinary text, or one added token. */
export type Run = string | AddedToken;

/**
 * Makes the function that finds added tokens in text: leftmost first, the longest of those that begin at one place.
 * Ordinary text on both sides of a border between parts becomes one run, so BPE merges across it as in a single text.
 */
export function createRunSplitter(tokens: readonly AddedToken[]): (parts: readonly TextPart[]) => Run[] {
  const byContent = new Map(tokens.map((token) => [token.content, token]));
  const longestFirst = [...byContent.keys()].sort((a, b) => b.length - a.length);
  // Without tokens: a pattern that never matches.
  const pattern = new RegExp(`(${longestFirst.map(escapeForRegExp).join("|") || "(?!)"})`, "u");
  const split = (text: string): Run[] => text.split(pattern).map((piece) => byContent.get(piece) ?? piece);

  return (parts) => {
    const runs: Run[] = [];
    for (const { text, isPlain } of parts) {
      for (const run of isPlain ? [text] : split(text)) append(runs, run);
    }
    return strip(runs);
  };
}

function append(runs: Run[], run: Run): void {
  const last = runs.at(-1);
  if (typeof run === "string" && typeof last === "string") runs[runs.length - 1] = last + run;
  else if (run !== "") runs.push(run);
}

/** White space of Unicode, as the tokenizers that are trained mean it; trim() takes U+FEFF and leaves U+0085. */
const SPACE_AT_START = /^\p{White_Space}+/u;
/** The look behind keeps long white space elsewhere from being tried from each of its characters. */
const SPACE_AT_END = /(?<!\p{White_Space})\p{White_Space}+$/u;

function strip(runs: readonly Run[]): Run[] {
  return runs.map((run, i) => {
    if (typeof run !== "string") return run;
    const [before, after] = [runs[i - 1], runs[i + 1]];
    const start = typeof before === "object" && before.rstrip ? run.replace(SPACE_AT_START, "") : run;
    return typeof after === "object" && after.lstrip ? start.replace(SPACE_AT_END, "") : start;
  });
}

/** Not RegExp.escape: Chromium has it only since version 136. */
function escapeForRegExp(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
