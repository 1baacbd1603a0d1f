/** The prompt does not fit into what is left of the context. The message says both numbers. */
export class PromptTooLongError extends Error {
  override readonly name = "PromptTooLongError";
}

/**
 * For `count` ids that are to follow `used` tokens of a context.
 *
 * @throws PromptTooLongError when there is no room for them and one token of reply.
 */
export function assertFits(used: number, count: number, contextLength: number): void {
  if (used + count < contextLength) return;
  const free = Math.max(0, contextLength - used);
  throw new PromptTooLongError(
    `This text is ${count} tokens long, but only ${free} of the context's ${contextLength} are free.`,
  );
}
