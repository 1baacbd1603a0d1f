import { CLOSE, OPEN } from "./reasoning-splitter";

/** A reply as the page keeps it: what the splitter made of its text. */
export interface SplitReply {
  readonly reasoning: string;
  readonly answer: string;
  /** The reasoning has ended, although no answer follows yet. */
  readonly isReasoningOver?: boolean | undefined;
}

/**
 * The text of a reply, put together again from its reasoning and answer: the inverse of reasoning-splitter.ts but for
 * blank lines at their edges, which are set as these models write them. Reasoning stays open, to be gone on with, until
 * an answer follows or it is said to be over.
 */
export function spellReply(reply: SplitReply): string {
  const { reasoning, answer } = reply;
  if (reasoning === "") return answer;
  return `${OPEN}\n${reasoning}${hasReasoned(reply) ? `\n${CLOSE}\n\n${answer}` : ""}`;
}

/** Whether reasoning stands in the reply, and has ended. */
export const hasReasoned = ({ reasoning, answer, isReasoningOver }: SplitReply): boolean =>
  reasoning !== "" && (answer !== "" || isReasoningOver === true);
