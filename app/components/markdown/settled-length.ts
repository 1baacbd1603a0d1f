import { type Open, openAfter } from "./open-line";

/** How many characters at the beginning of a growing text, whole lines, leave no code or display formula open. */
export function settledLength(text: string): number {
  let [settled, position] = [0, 0];
  let open: Open = null;
  for (const line of text.match(/[^\n]*\n/g) ?? []) {
    open = openAfter(open, line.trimEnd());
    position += line.length;
    if (!open) settled = position;
  }
  return settled;
}
