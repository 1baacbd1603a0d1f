import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Conversation, StoredTurn, WholeConversation } from "./conversation";

/** The conversations of this browser. Each method throws what IndexedDB throws; nothing is lost by trying again. */
export interface ConversationStore {
  /** All that are not deleted, the one gone on with last first. */
  list(): Promise<Conversation[]>;
  read(id: string): Promise<WholeConversation | undefined>;
  /**
   * Changes what is said here, and leaves the rest as another tab may have written it. Choices are added to those that
   * are there. A conversation that is not there is put there as `whole` says, without turns; one that is deleted is
   * brought back.
   *
   * @returns whether it was there.
   */
  keep(whole: Conversation, change: Partial<Conversation>): Promise<boolean>;
  /**
   * Each turn is a record of its own. The transaction begins at once, so that a page about to go away may still write.
   *
   * @returns false when there is no such conversation: then none of them is kept.
   */
  keepTurns(conversation: string, turns: readonly StoredTurn[]): Promise<boolean>;
  /** Puts a conversation from elsewhere there, under the ids that it has. */
  add(whole: WholeConversation): Promise<void>;
  /** Marks a conversation as deleted: it is no longer listed, but can be restored. */
  remove(id: string, at: number): Promise<void>;
  restore(id: string): Promise<void>;
  /** Deletes for good what was marked until then. @returns all that are deleted for good and not yet settled. */
  purge(until: number): Promise<string[]>;
  /** Nothing more is to be done about a conversation deleted for good. */
  settle(id: string): Promise<void>;
  /** Ids of conversations in whose prompts and answers this text is found, whatever its case. */
  search(text: string): Promise<Set<string>>;
}

interface Schema extends DBSchema {
  conversations: { key: string; value: Conversation };
  /** By conversation and turn. */
  turns: { key: [string, string]; value: StoredTurn & { conversation: string } };
  deleted: { key: string; value: { id: string; at: number } };
}

const NAME = "longhand-conversations";
const VERSION = 1;
/** Written soon is enough: what a power cut takes is the last second. */
const RELAXED = { durability: "relaxed" } as const;

const turnsOf = (conversation: string) => IDBKeyRange.bound([conversation], [conversation, []]);

/** Opens the database with the first call of a method, and again when a newer version of the page had it closed. */
export function createConversationStore(name = NAME): ConversationStore {
  let opened: Promise<IDBPDatabase<Schema>> | undefined;
  const forget = () => {
    opened = undefined;
  };
  const database = () => {
    if (!opened) {
      opened = open(name, forget);
      opened.catch(forget);
    }
    return opened;
  };

  return {
    list: async () => list(await database()),
    async read(id) {
      const tx = (await database()).transaction(["conversations", "turns"]);
      const [conversation, turns] = await Promise.all([
        tx.objectStore("conversations").get(id),
        tx.objectStore("turns").getAll(turnsOf(id)),
      ]);
      return conversation && { conversation, turns: turns.map(({ conversation: _, ...turn }) => turn) };
    },
    keep: async (whole, change) => keep(await database(), whole, change),
    keepTurns: async (conversation, turns) => keepTurns(await database(), conversation, turns),
    async add({ conversation, turns }) {
      const tx = (await database()).transaction(["conversations", "turns"], "readwrite");
      await Promise.all([
        tx.objectStore("conversations").add(conversation),
        ...turns.map((turn) => tx.objectStore("turns").add({ ...turn, conversation: conversation.id })),
        tx.done,
      ]);
    },
    remove: async (id, at) => void (await (await database()).put("deleted", { id, at })),
    restore: async (id) => (await database()).delete("deleted", id),
    purge: async (until) => purge(await database(), until),
    settle: async (id) => (await database()).delete("deleted", id),
    search: async (text) => search(await database(), text),
  };
}

function open(name: string, onGone: () => void): Promise<IDBPDatabase<Schema>> {
  return openDB<Schema>(name, VERSION, {
    upgrade(db) {
      db.createObjectStore("conversations", { keyPath: "id" });
      db.createObjectStore("turns", { keyPath: ["conversation", "id"] });
      db.createObjectStore("deleted", { keyPath: "id" });
    },
    // Another tab has a newer version of the page, which waits for this one to let go.
    blocking(_current, _blocked, event) {
      (event.target as IDBDatabase).close();
      onGone();
    },
    terminated: onGone,
  });
}

async function list(db: IDBPDatabase<Schema>): Promise<Conversation[]> {
  const tx = db.transaction(["conversations", "deleted"]);
  const [all, deleted] = await Promise.all([
    tx.objectStore("conversations").getAll(),
    tx.objectStore("deleted").getAllKeys(),
  ]);
  return all.filter(({ id }) => !deleted.includes(id)).sort((a, b) => b.updatedAt - a.updatedAt);
}

async function keep(db: IDBPDatabase<Schema>, whole: Conversation, change: Partial<Conversation>): Promise<boolean> {
  const tx = db.transaction(["conversations", "deleted"], "readwrite", RELAXED);
  const conversations = tx.objectStore("conversations");
  const stored = await conversations.get(whole.id);
  const chosen = { ...stored?.chosen, ...change.chosen };
  const put = conversations.put(stored ? { ...stored, ...change, chosen } : whole);
  await Promise.all([put, tx.objectStore("deleted").delete(whole.id), tx.done]);
  return stored !== undefined;
}

/** All of it is asked for before anything is answered: a page about to go away hears no answer. */
async function keepTurns(
  db: IDBPDatabase<Schema>,
  conversation: string,
  turns: readonly StoredTurn[],
): Promise<boolean> {
  const tx = db.transaction(["conversations", "turns"], "readwrite", RELAXED);
  const found = tx.objectStore("conversations").getKey(conversation);
  const written = turns.map((turn) => tx.objectStore("turns").put({ ...turn, conversation }));
  tx.commit();
  await Promise.all([...written, tx.done]);
  if ((await found) !== undefined) return true;
  await dropOrphans(db, conversation);
  return false;
}

async function dropOrphans(db: IDBPDatabase<Schema>, conversation: string): Promise<void> {
  const tx = db.transaction(["conversations", "turns"], "readwrite");
  // Another tab may have put it back meanwhile.
  const isBack = (await tx.objectStore("conversations").getKey(conversation)) !== undefined;
  if (!isBack) await tx.objectStore("turns").delete(turnsOf(conversation));
  await tx.done;
}

async function purge(db: IDBPDatabase<Schema>, until: number): Promise<string[]> {
  const tx = db.transaction(["conversations", "turns", "deleted"], "readwrite");
  const due = (await tx.objectStore("deleted").getAll()).filter(({ at }) => at <= until);
  const purged = due.flatMap(({ id }) => [
    tx.objectStore("conversations").delete(id),
    tx.objectStore("turns").delete(turnsOf(id)),
  ]);
  await Promise.all([...purged, tx.done]);
  return due.map(({ id }) => id);
}

async function search(db: IDBPDatabase<Schema>, text: string): Promise<Set<string>> {
  const wanted = text.toLowerCase();
  const found = new Set<string>();
  let cursor = await db.transaction("turns").store.openCursor();
  while (cursor) {
    const { conversation, prompt, reply } = cursor.value;
    if (`${prompt}\n${reply.answer}`.toLowerCase().includes(wanted)) found.add(conversation);
    // What is left of a conversation that was found need not be read.
    cursor = found.has(conversation) ? await cursor.continue([conversation, []] as never) : await cursor.continue();
  }
  return found;
}
