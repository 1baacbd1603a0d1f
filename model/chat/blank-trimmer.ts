/** Trims blank lines and trailing white space off text that comes in pieces. */
export interface BlankTrimmer {
  /** The text that is now certain to be kept. White space waits until something visible follows it. */
  push(text: string): string;
}

/**
 * Opens a trimmer: blank lines before the first visible character and white space after the last one are dropped,
 * everything between is kept, the indentation of the first line included.
 */
export function createBlankTrimmer(): BlankTrimmer {
  let waiting = "";
  let hasBegun = false;
  return {
    push(text) {
      const visible = text.trimEnd();
      if (visible === "") {
        waiting += text;
        return "";
      }
      const written = waiting + visible;
      waiting = text.slice(visible.length);
      if (hasBegun) return written;
      hasBegun = true;
      const blank = written.slice(0, written.length - written.trimStart().length);
      return written.slice(Math.max(blank.lastIndexOf("\n"), blank.lastIndexOf("\r")) + 1);
    },
  };
}
