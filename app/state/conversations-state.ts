import type { Conversation } from "../conversations/conversation";

/** What the page knows of the stored conversations. */
export interface ConversationsState {
  /** The one gone on with last first; null until they have been read. */
  readonly list: readonly Conversation[] | null;
  /** What is searched for, and the conversations in whose text it was found; null while nothing is. */
  readonly query: string;
  readonly found: ReadonlySet<string> | null;
  /** The last one deleted, as long as that can be undone. */
  readonly deleted: { readonly id: string; readonly title: string; readonly wasOpen: boolean } | null;
  /** How many conversations have come from a file just now. */
  readonly imported: number | null;
  readonly fault: ConversationsFault | null;
}

/** "unwritable": this browser keeps nothing; "full": it has no more room; "file": this is no file of conversations; "script": what reads one could not be loaded. */
export interface ConversationsFault {
  readonly kind: "unwritable" | "full" | "file" | "script";
  /** What was wrong, in English. */
  readonly detail: string;
}

export const NOTHING_KNOWN: ConversationsState = {
  list: null,
  query: "",
  found: null,
  deleted: null,
  imported: null,
  fault: null,
};

/** The conversations that are to be seen: all, or those in whose title or text is what is searched for. */
export function listed({ list, query, found }: ConversationsState): readonly Conversation[] {
  const wanted = query.trim().toLowerCase();
  const all = list ?? [];
  return wanted === "" ? all : all.filter(({ id, title }) => found?.has(id) || title.toLowerCase().includes(wanted));
}

/** Why something could not be done with the stored conversations. */
export function faultOf(error: unknown): ConversationsFault {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (name === "ConversationFileError") return { kind: "file", detail: message };
  if (name === "MissingScriptError") return { kind: "script", detail: message };
  return { kind: name === "QuotaExceededError" ? "full" : "unwritable", detail: `${name}: ${message}` };
}
