import { createStore, type StoreApi } from "zustand/vanilla";
import type { WholeConversation } from "../conversations/conversation";
import { ConversationFileError, LONGEST_FILE, parseConversations } from "../conversations/parse-file";
import type { ConversationStore } from "../conversations/store";
import { withNewIds } from "../conversations/with-new-ids";
import { type ConversationsState, faultOf, NOTHING_KNOWN } from "./conversations-state";
import { createRemoving, type Removing } from "./removing";
import type { Session } from "./session";

/** The stored conversations: what the page shows of them and what a person can do with them. */
export interface Conversations extends Removing {
  readonly store: StoreApi<ConversationsState>;
  refresh(): Promise<void>;
  /** Shows a conversation in place of the one that is open. */
  open(id: string): Promise<void>;
  rename(id: string, title: string): Promise<void>;
  search(query: string): Promise<void>;
  /** One, or all, with all of their branches. */
  read(id?: string): Promise<WholeConversation[]>;
  /** @returns how many there were in the file; 0 when it is not one. */
  importFile(file: Pick<File, "size" | "text">): Promise<number>;
  /** Shows a fault until the person has seen it; one of storage only once. */
  report(error: unknown): void;
  dismissFault(): void;
}

interface Surroundings {
  readonly newId: () => string;
  readonly now: () => number;
  /** Tells the page's other tabs that something has changed. */
  readonly tellTabs: () => void;
}

export function createConversations(
  stored: ConversationStore,
  session: Session,
  { newId, now, tellTabs }: Surroundings,
): Conversations {
  const store = createStore<ConversationsState>(() => NOTHING_KNOWN);
  const { getState: get, setState: set } = store;
  const report = createReport(store);
  const open = createOpen(stored, session, report);
  const refresh = async () => {
    // Reading loses nothing: that it fails is told when something is to be written.
    const list = await stored.list().catch((error: unknown) => console.info("Conversations:", error));
    set({ list: list ?? get().list ?? [] });
  };
  /** Does it, then shows it here and in the other tabs, or reports why not. */
  const change = async (work: Promise<unknown>) => {
    await work.then(tellTabs).catch(report);
    await refresh();
  };

  return {
    ...{ store, refresh, open, report },
    ...createRemoving(store, { stored, session, change, open, now }),
    async rename(id, title) {
      const conversation = get().list?.find((one) => one.id === id);
      if (conversation && title.trim() !== "") await change(stored.keep(conversation, { title: title.trim() }));
    },
    async search(query) {
      set({ query });
      const text = query.trim();
      const found = text === "" ? null : await stored.search(text).catch(() => new Set<string>());
      if (get().query === query) set({ found });
    },
    async read(id) {
      const ids = id === undefined ? (get().list ?? []).map((one) => one.id) : [id];
      const all = await Promise.all(ids.map((one) => stored.read(one)));
      return all.filter((one) => one !== undefined);
    },
    async importFile(file) {
      const imported = await conversationsIn(file).catch(report);
      if (!imported) return 0;
      const known = new Set((get().list ?? []).map(({ id }) => id));
      const added = imported.map((one) => (known.has(one.conversation.id) ? withNewIds(one, newId) : one));
      await change(Promise.all(added.map((one) => stored.add(one))));
      return imported.length;
    },
    dismissFault: () => set({ fault: null }),
  };
}

function createReport({ setState: set }: StoreApi<ConversationsState>) {
  const reported = new Set<string>();
  return (error: unknown) => {
    console.info("Conversations:", error);
    const fault = faultOf(error);
    if (fault.kind !== "file" && reported.has(fault.kind)) return;
    reported.add(fault.kind);
    set({ fault });
  };
}

function createOpen(stored: ConversationStore, session: Session, report: (error: unknown) => void) {
  let wanted: string | undefined;
  return async (id: string) => {
    wanted = id;
    session.awaitConversation();
    const whole = await stored.read(id).catch(report);
    // Meanwhile another one may have been asked for, or a new one begun.
    if (wanted !== id || !session.store.getState().isFetching) return;
    if (whole) session.show(whole);
    else session.showMissing();
  };
}

async function conversationsIn(file: Pick<File, "size" | "text">): Promise<WholeConversation[]> {
  if (file.size > LONGEST_FILE) throw new ConversationFileError("The file is too long.");
  return parseConversations(await file.text());
}
