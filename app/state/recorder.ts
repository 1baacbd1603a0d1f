import type { StoreApi } from "zustand/vanilla";
import type { Conversation } from "../conversations/conversation";
import type { ConversationStore } from "../conversations/store";
import type { SessionState } from "./session-state";
import { storedFrom } from "./stored-turn";
import { isRunning, type Turn } from "./turn";

/** A reply that is being written is kept this often: so much of it is lost at most when the browser is gone at once. */
const EVERY_MS = 1_000;
/** After a failure it is tried again after this time. */
const AGAIN_MS = 10_000;

interface Listeners {
  /** Something of this conversation was written. */
  readonly onKept: (conversation: string) => void;
  /** What was to be written could not be, and is tried again. */
  readonly onFault: (error: unknown) => void;
}

/** Keeps what is said: each turn that this page has changed, and of the conversation only what has changed. */
export class Recorder {
  readonly #session: StoreApi<SessionState>;
  readonly #store: Pick<ConversationStore, "keep" | "keepTurns">;
  readonly #listeners: Listeners;
  /** Turns are never changed, only replaced: these need not be written again. */
  readonly #keptTurns = new WeakSet<Turn>();
  #kept: Conversation;
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
    this.#kept = session.getState().conversation;
    session.subscribe((state) => this.#look(state));
  }

  /** Writes at once what is not written yet. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const changed = this.#changedTurns();
    for (const id of new Set(changed.map(({ conversation }) => conversation)))
      this.#keepTurns(
        id,
        changed.filter(({ conversation }) => conversation === id),
      );
    const { conversation } = this.#session.getState();
    if (conversation !== this.#kept) this.#keepConversation(conversation);
  }

  #look(state: SessionState): void {
    if (state.conversation.id !== this.#kept.id) this.#moveTo(state);
    const isChanged = state.conversation !== this.#kept;
    const changed = this.#changedTurns();
    if (!isChanged && changed.length === 0) return;
    if ((isChanged || changed.some(isNewOrEnded)) && !this.#isFailing) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), this.#isFailing ? AGAIN_MS : EVERY_MS);
  }

  /** What a conversation has when it is shown has come from the store. */
  #moveTo({ conversation, turns, otherTurns }: SessionState): void {
    this.#kept = conversation;
    for (const turn of [...turns, ...otherTurns]) if (!isRunning(turn)) this.#keptTurns.add(turn);
  }

  #changedTurns(): Turn[] {
    const { turns, otherTurns, leftTurns } = this.#session.getState();
    return [...turns, ...otherTurns, ...leftTurns].filter((turn) => !this.#keptTurns.has(turn));
  }

  #keepTurns(conversation: string, turns: readonly Turn[]): void {
    for (const turn of turns) this.#keptTurns.add(turn);
    void this.#attempt(this.#store.keepTurns(conversation, turns.map(storedFrom)), () => {
      for (const turn of turns) this.#keptTurns.delete(turn);
    });
  }

  #keepConversation(conversation: Conversation): void {
    const before = this.#kept;
    this.#kept = conversation;
    const keeping = this.#store.keep(conversation, changeBetween(before, conversation));
    const told = keeping.then(() => this.#listeners.onKept(conversation.id));
    void this.#attempt(told, () => {
      if (this.#kept === conversation) this.#kept = before;
    });
  }

  async #attempt(work: Promise<void>, takeBack: () => void): Promise<void> {
    try {
      await work;
      this.#isFailing = false;
    } catch (error) {
      this.#isFailing = true;
      takeBack();
      this.#listeners.onFault(error);
      this.#timer ??= setTimeout(() => this.flush(), AGAIN_MS);
    }
  }
}

const isNewOrEnded = (turn: Turn): boolean => turn.progress === null || !isRunning(turn);

function changeBetween(before: Conversation, after: Conversation): Partial<Conversation> {
  const entries = Object.entries(after) as [keyof Conversation, unknown][];
  return Object.fromEntries(entries.filter(([name, value]) => value !== before[name]));
}
