const BYTE_OF_LETTER = byteOfLetter();

/**
 * The bytes that a byte-level BPE token stands for.
 *
 * @param token Written in the byte alphabet of GPT-2, one letter per byte.
 * @returns undefined when a letter is not of that alphabet.
 */
export function bytesOfToken(token: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = BYTE_OF_LETTER.get(token[i] ?? "");
    if (byte === undefined) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}

/** The letters of the byte alphabet; a tokenizer that lacks one cannot write every text. */
export function byteLetters(): Iterable<string> {
  return BYTE_OF_LETTER.keys();
}

/** Bytes with a visible Latin-1 character stand for themselves; the others take the letters from U+0100 on, in order. */
function byteOfLetter(): ReadonlyMap<string, number> {
  const letters = new Map<string, number>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const isVisible = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    letters.set(String.fromCharCode(isVisible ? byte : next++), byte);
  }
  return letters;
}
