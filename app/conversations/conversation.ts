import type { Failure, FinishReason, Reply, TurnProgress } from "../engine/protocol";
import type { Choices, Node } from "./tree";

/** What is known of a conversation beside its turns. */
export interface Conversation {
  /** A UUID. */
  readonly id: string;
  readonly title: string;
  /** Milliseconds since 1970, as all times here. */
  readonly createdAt: number;
  /** When something was last said in it. */
  readonly updatedAt: number;
  /** The name of the model that was asked last. */
  readonly model: string;
  /** Which turn is shown at each fork. */
  readonly chosen: Choices;
}

/** A prompt and the reply to it, as it is kept. */
export interface StoredTurn extends Node {
  readonly prompt: string;
  readonly reply: Reply;
  /** null: the reply was never ended. It is being written, or the page went away in the middle of it. */
  readonly reason: FinishReason | null;
  readonly progress: TurnProgress | null;
  /** Why there is no reply. */
  readonly failure?: Failure;
}

/** A conversation with all of its branches. */
export interface WholeConversation {
  readonly conversation: Conversation;
  readonly turns: readonly StoredTurn[];
}

/** A conversation in which nothing has been said. */
export const newConversation = (id: string, at: number, model: string): Conversation => {
  return { id, title: "", createdAt: at, updatedAt: at, model, chosen: {} };
};

const TITLE_LENGTH = 60;

/** A title for a conversation that begins with this prompt: its first line, or as much of that as makes a title. */
export function titleFrom(prompt: string): string {
  const line = prompt.trim().split("\n", 1)[0] ?? "";
  const characters = [...line.replace(/\s+/g, " ").trim()];
  if (characters.length <= TITLE_LENGTH) return characters.join("");
  const cut = characters.slice(0, TITLE_LENGTH).join("");
  const space = cut.lastIndexOf(" ");
  return `${space > TITLE_LENGTH / 2 ? cut.slice(0, space) : cut}…`;
}
