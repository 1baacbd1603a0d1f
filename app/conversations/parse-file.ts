import type { FinishReason, Reply, TurnProgress } from "../engine/protocol";
import type { Conversation, StoredTurn, WholeConversation } from "./conversation";
import { FORMAT, FORMAT_VERSION } from "./file";
import { type Choices, choose } from "./tree";

/** A file that is not what it should be. The message says what and where. */
export class ConversationFileError extends Error {
  override readonly name = "ConversationFileError";
}

const MOST_CONVERSATIONS = 10_000;
const MOST_TURNS = 10_000;
const LONGEST_TITLE = 1_000;
const LONGEST_TEXT = 16 * 2 ** 20;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const REASONS: readonly (FinishReason | null)[] = ["stop", "length", "context", "aborted", null];
const COUNTS = [
  "tokens",
  "reasoningTokens",
  "promptTokens",
  "elapsedMs",
  "reasoningMs",
  "tokensPerSecond",
  "contextUsed",
  "contextLength",
] as const satisfies readonly (keyof TurnProgress)[];

/**
 * Reads a file that `conversationsToJson` wrote. What the format does not know is left out.
 *
 * @throws ConversationFileError when anything in it is not as the format says; then none of it is to be used.
 */
export function parseConversations(text: string): WholeConversation[] {
  const file = objectAt("The file", jsonOf(text));
  if (file.format !== FORMAT) throw new ConversationFileError("This is not a file of Longhand conversations.");
  if (file.version !== FORMAT_VERSION)
    throw new ConversationFileError(
      `The file has version ${JSON.stringify(file.version)?.slice(0, 20)} of the format; this page reads version ${FORMAT_VERSION}.`,
    );
  const all = listAt("conversations", file.conversations, MOST_CONVERSATIONS).map((value, index) =>
    conversationAt(`conversations[${index}]`, value),
  );
  const ids = all.map(({ conversation }) => conversation.id);
  if (new Set(ids).size < ids.length) throw new ConversationFileError("Two conversations have the same id.");
  return all;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ConversationFileError("The file is not JSON.");
  }
}

function conversationAt(at: string, value: unknown): WholeConversation {
  const { id, title, createdAt, updatedAt, model, turns, shown } = objectAt(at, value);
  const all = listAt(`${at}.turns`, turns, MOST_TURNS).map((turn, index) => turnAt(`${at}.turns[${index}]`, turn));
  expectTree(at, all);
  const conversation: Conversation = {
    id: idAt(`${at}.id`, id),
    title: textAt(`${at}.title`, title, LONGEST_TITLE),
    createdAt: timeAt(`${at}.createdAt`, createdAt),
    updatedAt: timeAt(`${at}.updatedAt`, updatedAt),
    model: textAt(`${at}.model`, model, LONGEST_TITLE),
    chosen: choicesAt(`${at}.shown`, shown, all),
  };
  return { conversation, turns: all };
}

function turnAt(at: string, value: unknown): StoredTurn {
  const { id, parent, createdAt, prompt, reply, reason, progress } = objectAt(at, value);
  if (!REASONS.includes(reason as FinishReason)) fault(`${at}.reason`, "is none of those that the format knows");
  return {
    id: idAt(`${at}.id`, id),
    parent: parent === null ? null : idAt(`${at}.parent`, parent),
    createdAt: timeAt(`${at}.createdAt`, createdAt),
    prompt: textAt(`${at}.prompt`, prompt),
    reply: replyAt(`${at}.reply`, reply),
    reason: reason as FinishReason | null,
    progress: progress === null ? null : progressAt(`${at}.progress`, progress),
  };
}

function replyAt(at: string, value: unknown): Reply {
  const { reasoning, answer, isReasoningOver } = objectAt(at, value);
  return {
    reasoning: textAt(`${at}.reasoning`, reasoning),
    answer: textAt(`${at}.answer`, answer),
    ...(isReasoningOver === true && { isReasoningOver }),
  };
}

function progressAt(at: string, value: unknown): TurnProgress {
  const progress = objectAt(at, value);
  return Object.fromEntries(COUNTS.map((name) => [name, countAt(`${at}.${name}`, progress[name])])) as {
    [name in (typeof COUNTS)[number]]: number;
  };
}

/** Each turn follows one that stands before it, or begins: so there is no loop, and nothing hangs on nothing. */
function expectTree(at: string, turns: readonly StoredTurn[]): void {
  const known = new Set<string>();
  turns.forEach(({ id, parent }, index) => {
    if (known.has(id)) fault(`${at}.turns[${index}].id`, "is that of another turn too");
    if (parent !== null && !known.has(parent))
      fault(`${at}.turns[${index}].parent`, "is not the id of an earlier turn");
    known.add(id);
  });
}

function choicesAt(at: string, value: unknown, turns: readonly StoredTurn[]): Choices {
  const byId = new Map(turns.map((turn) => [turn.id, turn]));
  return listAt(at, value, MOST_TURNS).reduce<Choices>((chosen, id, index) => {
    const turn = typeof id === "string" ? byId.get(id) : undefined;
    return turn ? choose(chosen, turn) : fault(`${at}[${index}]`, "is not the id of a turn");
  }, {});
}

function objectAt(at: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) fault(at, "is not an object");
  return value as Record<string, unknown>;
}

function listAt(at: string, value: unknown, most: number): readonly unknown[] {
  if (!Array.isArray(value)) fault(at, "is not a list");
  return value.length <= most ? value : fault(at, `has more than ${most} entries`);
}

function textAt(at: string, value: unknown, longest = LONGEST_TEXT): string {
  if (typeof value !== "string") fault(at, "is not a text");
  return value.length <= longest ? value : fault(at, `has more than ${longest} characters`);
}

const idAt = (at: string, value: unknown): string =>
  typeof value === "string" && UUID.test(value) ? value : fault(at, "is not a UUID");

const countAt = (at: string, value: unknown): number =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : fault(at, "is not a count");

function timeAt(at: string, value: unknown): number {
  const time = typeof value === "string" && value.length <= 40 ? Date.parse(value) : Number.NaN;
  return Number.isFinite(time) ? time : fault(at, "is not a time");
}

function fault(at: string, what: string): never {
  throw new ConversationFileError(`${at} ${what}.`);
}
