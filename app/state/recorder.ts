import type { StoreApi } from "zustand/vanilla";
import type { Conversation } from "../conversations/conversation";
import type { ConversationStore } from "../conversations/store";
import { Outbox } from "./outbox";
import type { SessionState } from "./session-state";
import { isFromStore, storedFrom } from "./stored-turn";
import { isRunning, type Turn } from "./turn";

/** A reply that is being written is kept this often: so much of it is lost at most when the browser is gone at once. */
const EVERY_MS = 1_000;
/** After a failure it is tried again after this time. */
const AGAIN_MS = 10_000;

interface Listeners {
  /** What is known of this conversation was written. */
  readonly onKept: (conversation: string) => void;
  /** A reply in this conversation has ended, and was written. */
  readonly onEnded: (conversation: string) => void;
  /** What was to be written could not be, and is tried again. */
  readonly onFault: (error: unknown) => void;
}

/** A conversation as it is, and what of it the store does not know. */
interface Changed {
  readonly whole: Conversation;
  readonly change: Partial<Conversation>;
  /** All of its turns, should the store turn out to have none of it. */
  readonly turns: readonly Turn[];
}

/** Keeps what is said: each turn that this page has changed, and of conversations only what has changed. */
export class Recorder {
  readonly #session: StoreApi<SessionState>;
  readonly #store: Pick<ConversationStore, "keep" | "keepTurns">;
  readonly #listeners: Listeners;
  /** What is to be written outlives the conversation's being left. */
  readonly #conversations = new Outbox<Changed>();
  readonly #turns = new Outbox<Turn>();
  /** Turns are never changed, only replaced: these need not be looked at again. */
  readonly #seenTurns = new WeakSet<Turn>();
  #seen: Conversation;
  /** Conversations that the store had when it was last asked. */
  readonly #stored = new Set<string>();
  /** Conversations that have been deleted here: of them nothing is written. */
  readonly #held = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isFailing = false;

  constructor(
    session: StoreApi<SessionState>,
    store: Pick<ConversationStore, "keep" | "keepTurns">,
    listeners: Listeners,
  ) {
    this.#session = session;
    this.#store = store;
    this.#listeners = listeners;
    this.#seen = session.getState().conversation;
    session.subscribe((state) => this.#look(state));
  }

  /** Writes at once what is not written yet. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const changes = this.#conversations.take(({ whole }) => !this.#held.has(whole.id));
    const turns = this.#turns.take(({ conversation }) => !this.#held.has(conversation));
    const ids = [...changes.map(({ whole }) => whole.id), ...turns.map(({ conversation }) => conversation)];
    for (const id of new Set(ids)) {
      const changed = changes.find(({ whole }) => whole.id === id);
      const some = turns.filter(({ conversation }) => conversation === id);
      void this.#attempt(id, changed, some);
    }
  }

  /** It has been deleted, which can still be undone: what is to be written of it, now or later, waits. */
  hold(conversation: string): void {
    this.#held.add(conversation);
  }

  /** It is there after all: what has waited is written. */
  release(conversation: string): void {
    this.#held.delete(conversation);
    this.flush();
  }

  /** It has been deleted for good: what has waited is not written any more. What is yet to come of it goes on waiting. */
  forget(conversation: string): void {
    this.#conversations.drop(({ whole }) => whole.id === conversation);
    this.#turns.drop((turn) => turn.conversation === conversation);
  }

  #look(state: SessionState): void {
    const isChanged = this.#lookAtConversation(state);
    const changed = turnsIn(state).filter((turn) => !this.#seenTurns.has(turn) && !isFromStore(turn));
    for (const turn of changed) {
      this.#seenTurns.add(turn);
      this.#turns.put(turn.id, turn);
    }
    if (!isChanged && changed.length === 0) return;
    if ((isChanged || changed.some(isNewOrEnded)) && !this.#isFailing) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), this.#isFailing ? AGAIN_MS : EVERY_MS);
  }

  /** @returns whether something is to be written of it. */
  #lookAtConversation({ conversation: whole, turns, otherTurns }: SessionState): boolean {
    const before = this.#seen;
    this.#seen = whole;
    if (isFromStore(whole)) {
      this.#stored.add(whole.id);
      // Deleted here, it may have been gone on with in another tab.
      this.#held.delete(whole.id);
    }
    if (whole === before || whole.id !== before.id || isFromStore(whole)) return false;
    const waiting = this.#conversations.get(whole.id)?.change;
    const change = { ...waiting, ...changeBetween(before, whole) };
    this.#conversations.put(whole.id, { whole, change, turns: [...turns, ...otherTurns] });
    return true;
  }

  async #keepTurns(conversation: string, turns: readonly Turn[]): Promise<void> {
    const isThere = await this.#store.keepTurns(conversation, turns.map(storedFrom)).catch((error: unknown) => {
      this.#turns.refused(...turns);
      throw error;
    });
    // The conversation itself could not be written: they wait for it. Or another tab has deleted it for good.
    if (!isThere && this.#conversations.get(conversation)) return this.#turns.refused(...turns);
    for (const turn of turns) this.#turns.written(turn.id, turn);
    if (turns.some((turn) => !isRunning(turn))) this.#listeners.onEnded(conversation);
  }

  async #keepConversation(changed: Changed): Promise<void> {
    const { whole, change } = changed;
    const wasThere = await this.#store.keep(whole, change).catch((error: unknown) => {
      this.#conversations.refused(changed);
      throw error;
    });
    this.#conversations.written(whole.id, changed);
    if (!wasThere && this.#stored.has(whole.id)) this.#bringBack(changed);
    this.#stored.add(whole.id);
    this.#listeners.onKept(whole.id);
  }

  /** Another tab has deleted it for good, its turns too, and here it has been gone on with. It may have been left since. */
  #bringBack({ turns }: Changed): void {
    const known = new Map(turnsIn(this.#session.getState()).map((turn) => [turn.id, turn]));
    for (const turn of turns) this.#turns.put(turn.id, this.#turns.get(turn.id) ?? known.get(turn.id) ?? turn);
    this.flush();
  }

  /** Writes what is new of a conversation, itself before its turns: without it there is no place for them. */
  async #attempt(id: string, changed: Changed | undefined, turns: readonly Turn[]): Promise<void> {
    try {
      await Promise.all([changed && this.#keepConversation(changed), turns.length > 0 && this.#keepTurns(id, turns)]);
      this.#isFailing = false;
    } catch (error) {
      this.#isFailing = true;
      this.#listeners.onFault(error);
      this.#timer ??= setTimeout(() => this.flush(), AGAIN_MS);
    }
  }
}

const turnsIn = ({ turns, otherTurns, leftTurns }: SessionState): Turn[] => [...turns, ...otherTurns, ...leftTurns];

const isNewOrEnded = (turn: Turn): boolean => turn.progress === null || !isRunning(turn);

function changeBetween(before: Conversation, after: Conversation): Partial<Conversation> {
  const entries = Object.entries(after) as [keyof Conversation, unknown][];
  return Object.fromEntries(entries.filter(([name, value]) => value !== before[name]));
}
