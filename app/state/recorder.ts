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
    const turns = this.#turns.take().map(([, turn]) => turn);
    for (const id of new Set(turns.map(({ conversation }) => conversation))) {
      const some = turns.filter(({ conversation }) => conversation === id);
      void this.#attempt(this.#keepTurns(id, some));
    }
    for (const [, changed] of this.#conversations.take()) void this.#attempt(this.#keepConversation(changed));
  }

  #look(state: SessionState): void {
    const isChanged = this.#lookAtConversation(state.conversation);
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
  #lookAtConversation(whole: Conversation): boolean {
    const before = this.#seen;
    this.#seen = whole;
    if (isFromStore(whole)) this.#stored.add(whole.id);
    if (whole === before || whole.id !== before.id || isFromStore(whole)) return false;
    const waiting = this.#conversations.get(whole.id)?.change;
    this.#conversations.put(whole.id, { whole, change: { ...waiting, ...changeBetween(before, whole) } });
    return true;
  }

  async #keepTurns(conversation: string, turns: readonly Turn[]): Promise<void> {
    try {
      await this.#store.keepTurns(conversation, turns.map(storedFrom));
    } catch (error) {
      for (const turn of turns) this.#turns.refused(turn);
      throw error;
    }
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
    if (!wasThere && this.#stored.has(whole.id)) this.#bringBack(whole.id);
    this.#stored.add(whole.id);
    this.#listeners.onKept(whole.id);
  }

  /** Another tab has deleted it for good, its turns too, and here it has been gone on with. */
  #bringBack(conversation: string): void {
    for (const turn of turnsIn(this.#session.getState()))
      if (turn.conversation === conversation) this.#turns.put(turn.id, turn);
    this.flush();
  }

  async #attempt(work: Promise<void>): Promise<void> {
    try {
      await work;
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
