const PLAIN_BOX = /\\boxed\{([^{}\\]*)\}/g;

/**
 * TeX that shows the plain words and products inside \boxed{…} as a reader expects them: mathematics would run the words
 * of `4 remainder 26` together, in italics, and set `2 * 3` with an asterisk. Anything but a plain box stays as it is.
 */
export function readableTex(tex: string): string {
  return tex.replace(PLAIN_BOX, (_, inside: string) => `\\boxed{${readable(inside)}}`);
}

function readable(inside: string): string {
  if (/^[A-Za-z]{2,}$/.test(inside.trim())) return `\\text{${inside}}`;
  return inside
    .replace(/ *[A-Za-z]{3,}(?: +[A-Za-z]{3,})* */g, (words) => `\\text{${words}}`)
    .replaceAll("*", "\\times ");
}
