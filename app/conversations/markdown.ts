import type { StoredTurn, WholeConversation } from "./conversation";
import { pathOf } from "./tree";

/** What the Markdown says beside what was written. */
export interface MarkdownWords {
  readonly reasoning: string;
  /** Below a reply that was not ended by the model. */
  readonly unfinished: string;
}

/** A conversation as it is shown, without its other branches: prompts as quotations, reasoning folded, answers as they are. */
export function conversationToMarkdown({ conversation, turns }: WholeConversation, words: MarkdownWords): string {
  const { title, model, createdAt, chosen } = conversation;
  const head = `# ${oneLine(title)}\n\n${oneLine(model)}, ${new Date(createdAt).toISOString().slice(0, 10)}`;
  return `${[head, ...pathOf(turns, chosen).map((turn) => turnToMarkdown(turn, words))].join("\n\n---\n\n")}\n`;
}

function turnToMarkdown({ prompt, reply, reason }: StoredTurn, words: MarkdownWords): string {
  const parts = [prompt.replace(/^/gm, "> ")];
  const [reasoning, answer] = [reply.reasoning.trim(), reply.answer.trim()];
  if (reasoning !== "") parts.push(`<details><summary>${words.reasoning}</summary>`, fenced(reasoning), "</details>");
  if (answer !== "") parts.push(answer);
  if (reason !== "stop") parts.push(`_${words.unfinished}_`);
  return parts.join("\n\n");
}

/** Reasoning is plain text: in 2*5*3 nothing is emphasis. The fence is longer than any in it. */
function fenced(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();
