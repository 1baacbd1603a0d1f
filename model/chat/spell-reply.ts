/** A reply as the page keeps it: what the splitter made of its text. */
export interface SplitReply {
  readonly reasoning: string;
  readonly answer: string;
}

/**
 * The text of a reply, put together again from its reasoning and answer: the inverse of reasoning-splitter.ts but for
 * blank lines at their edges, which are set as these models write them. Without an answer the reasoning stays open.
 */
export function spellReply({ reasoning, answer }: SplitReply): string {
  if (reasoning === "") return answer;
  return `<think>\n${reasoning}${answer === "" ? "" : `\n</think>\n\n${answer}`}`;
}
