import { createStore, type StoreApi } from "zustand/vanilla";
import type { WholeConversation } from "../conversations/conversation";
import type { ConversationStore } from "../conversations/store";
import { type ConversationsState, faultOf, NOTHING_KNOWN } from "./conversations-state";
import { createImporting, type Importing } from "./importing";
import type { Recorder } from "./recorder";
import { createRemoving, type Removing } from "./removing";
import type { Session } from "./session";

/** The stored conversations: what the page shows of them and what a person can do with them. */
export interface Conversations extends Importing, Removing {
  readonly store: StoreApi<ConversationsState>;
  refresh(): Promise<void>;
  /** Shows a conversation in place of the one that is open. */
  open(id: string): Promise<void>;
  rename(id: string, title: string): Promise<void>;
  /** Titles are looked through at once, texts when the person has paused. */
  search(query: string): Promise<void>;
  /** Another tab has gone on with this conversation: if it is shown, it is shown as it is now. */
  reread(id: string): Promise<void>;
  /** A reply has ended here: what another tab has said in its conversation meanwhile is shown now. */
  catchUp(id: string): Promise<void>;
  /** One, or all, with all of their branches. */
  read(id?: string): Promise<WholeConversation[]>;
  /** Shows a fault until the person has seen it; one of storage only once. */
  report(error: unknown): void;
  dismissFault(): void;
}

interface Surroundings {
  readonly newId: () => string;
  readonly now: () => number;
  /** What keeps the session's conversations in the same store. */
  readonly recorder: Pick<Recorder, "hold" | "release" | "forget">;
  /** Tells the page's other tabs that something has changed. */
  readonly tellTabs: () => void;
}

/** So long after the last letter the texts are searched. */
export const PAUSE_MS = 150;

export function createConversations(
  stored: ConversationStore,
  session: Session,
  { newId, now, recorder, tellTabs }: Surroundings,
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
  const change = async (work: Promise<unknown>): Promise<boolean> => {
    const isDone = await work.then(
      () => true,
      (error: unknown) => {
        report(error);
        return false;
      },
    );
    if (isDone) tellTabs();
    await refresh();
    return isDone;
  };

  return {
    ...{ store, refresh, open, report },
    ...createRereading(stored, session),
    ...createImporting(store, { stored, change, report, newId }),
    ...createRemoving(store, { stored, session, recorder, change, open, now }),
    async rename(id, title) {
      const conversation = get().list?.find((one) => one.id === id);
      if (!conversation || title.trim() === "") return;
      await change(stored.keep(conversation, { title: title.trim() }));
    },
    async search(query) {
      set({ query });
      const text = query.trim();
      if (text === "") return set({ found: null });
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      if (get().query !== query) return;
      const found = await stored.search(text).catch(() => new Set<string>());
      if (get().query === query) set({ found });
    },
    async read(id) {
      const ids = id === undefined ? (get().list ?? []).map((one) => one.id) : [id];
      const all = await Promise.all(ids.map((one) => stored.read(one)));
      return all.filter((one) => one !== undefined);
    },
    dismissFault: () => set({ fault: null }),
  };
}

function createRereading(stored: ConversationStore, session: Session): Pick<Conversations, "reread" | "catchUp"> {
  /** Conversations that another tab has gone on with while a reply was running here. */
  const missed = new Set<string>();
  const reread = async (id: string) => {
    if (session.store.getState().conversation.id !== id) return;
    const whole = await stored.read(id).catch((error: unknown) => console.info("Conversations:", error));
    if (whole && !session.update(whole)) missed.add(id);
  };
  return {
    reread,
    async catchUp(id) {
      if (missed.delete(id)) await reread(id);
    },
  };
}

function createReport({ setState: set }: StoreApi<ConversationsState>) {
  const reported = new Set<string>();
  return (error: unknown) => {
    console.info("Conversations:", error);
    const fault = faultOf(error);
    const isOfStorage = fault.kind === "full" || fault.kind === "unwritable";
    if (isOfStorage && reported.has(fault.kind)) return;
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
