/** Signs that mean something else once more comes, such as a bullet, which would make a heading of the line above it. */
const MARK = /^[-=+*_> \t]*(?:\d{1,9}[.)])?$/;

/** Markdown to which more may come, without a last line of which only the mark is there: what it will be is not known. */
export function withoutMark(block: string): string {
  const end = block.lastIndexOf("\n");
  return MARK.test(block.slice(end + 1).trimEnd()) ? block.slice(0, Math.max(end, 0)) : block;
}
