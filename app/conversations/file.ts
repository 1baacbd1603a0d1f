import type { StoredTurn, WholeConversation } from "./conversation";
import { fromTheBeginning, pathOf } from "./tree";

/** What stands at the head of a file of conversations. README.md describes the format. */
export const FORMAT = "longhand-conversations";
export const FORMAT_VERSION = 1;

/** Conversations as the JSON text of a file that `parseConversations` reads. */
export function conversationsToJson(all: readonly WholeConversation[], exportedAt: number): string {
  const conversations = all.map(({ conversation: { chosen, ...conversation }, turns }) => ({
    ...conversation,
    createdAt: timeOf(conversation.createdAt),
    updatedAt: timeOf(conversation.updatedAt),
    shown: pathOf(turns, chosen).map(({ id }) => id),
    turns: fromTheBeginning(turns).map(turnToJson),
  }));
  const file = { format: FORMAT, version: FORMAT_VERSION, exportedAt: timeOf(exportedAt), conversations };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** Why there was no reply is of this device, not of the conversation. */
const turnToJson = ({ id, parent, createdAt, prompt, reply, reason, progress }: StoredTurn) => {
  return { id, parent, createdAt: timeOf(createdAt), prompt, reply, reason, progress };
};

const timeOf = (at: number): string => new Date(at).toISOString();
