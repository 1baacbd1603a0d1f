import type { Tokenizer } from "./tokenizer";

/** Turns token ids into text as they come. */
export interface TextStream {
  /** The text that became certain with this token; empty while a character is still incomplete. */
  push(id: number): string;
  /** What is left when no token follows: U+FFFD for a character that was cut off, or nothing. */
  flush(): string;
}

/**
 * Opens a stream of text over token ids. A byte-level token may end within a character; its bytes wait in the decoder
 * until the rest comes, so U+FFFD appears only where the whole text has it too. Special tokens produce no text.
 *
 * Constant work and memory per token: nothing already written is looked at again.
 */
export function createTextStream(tokenizer: Pick<Tokenizer, "bytesOf" | "specialIds">): TextStream {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return {
    push: (id) => (tokenizer.specialIds.has(id) ? "" : decoder.decode(tokenizer.bytesOf(id), { stream: true })),
    flush: () => decoder.decode(),
  };
}
