import { createStore, type StoreApi } from "zustand/vanilla";
import { newConversation, type WholeConversation } from "../conversations/conversation";
import type { Engine } from "../engine/client";
import type { Event as EngineEvent } from "../engine/protocol";
import { type Asking, createAsking, type Surroundings } from "./asking";
import { OPENING } from "./engine-state";
import { divided, mayRecover, type SessionState, stateAfter } from "./session-state";
import { saysMore, takenAsStored, turnFrom } from "./stored-turn";
import { isRunning, type Turn } from "./turn";

/** A conversation with an engine: what the page shows and what a person can do. */
export interface Session extends Asking, Moving {
  readonly store: StoreApi<SessionState>;
  /** Gets the model ready; also the Retry after a failure. */
  open(): void;
  /** Opens another model, which goes on with the conversation. */
  openModel(model: string): void;
  /** Gets the model ready although another tab has it open, which loses it. */
  takeOver(): void;
  setDraft(draft: string): void;
  /** Ends the running reply, reading ahead of the next one, or the running download. */
  stop(): void;
  /** Has the model end its reasoning and answer. Does nothing while none is being written. */
  answerNow(): void;
  /** Has the engine delete what it keeps of a conversation. @returns false when it cannot be told now. */
  forget(conversation: string): boolean;
}

/** From one conversation to another. The draft stays. A running reply is ended; what was written of it stays. */
interface Moving {
  /** To a new one. */
  startOver(): void;
  /** To one that is about to come from the store. */
  awaitConversation(): void;
  /** To one that has come from the store. */
  show(whole: WholeConversation): void;
  /**
   * The one that is shown, as it is in the store now that another tab has gone on with it.
   *
   * @returns false while a reply is running in it, which is not disturbed.
   */
  update(whole: WholeConversation): boolean;
  /** There is no such conversation. */
  showMissing(): void;
}

const SURROUNDINGS: Surroundings = {
  newId: () => crypto.randomUUID(),
  now: () => Date.now(),
};

/**
 * @param connect Gives the engine a listener for its events and returns the engine.
 * @param model What to open first, by its stored name.
 */
export function createSession(
  connect: (listen: (event: EngineEvent) => void) => Engine,
  model: string,
  surroundings: Surroundings = SURROUNDINGS,
): Session {
  const store = createStore<SessionState>(() => ({
    ...nothingSaid(surroundings),
    ...{ engine: OPENING, model, leftTurns: [], hasRecovered: false, draft: "" },
  }));
  const { getState: get, setState: set } = store;
  const engine: Engine = connect((event) => {
    const before = get();
    set(stateAfter(before, event));
    if (event.kind === "failed" && mayRecover(before, event.failure)) open({});
    if (event.kind === "ready") asking.resume();
  });
  const asking = createAsking(store, engine, surroundings);
  const open = (change: Partial<SessionState>, options: { takeOver?: boolean } = {}) => {
    set(change);
    engine.send({ kind: "open", model: get().model, ...options });
  };

  return {
    store,
    ...asking,
    ...createMoving(store, engine, surroundings, asking.prepare),
    open: () => open({ engine: OPENING, hasRecovered: false }),
    openModel(id) {
      if (get().turns.some(isRunning)) engine.send({ kind: "stop" });
      open({ engine: OPENING, model: id, ahead: null, interrupted: null, notice: null, hasRecovered: false });
    },
    takeOver: () => open({ engine: OPENING, hasRecovered: false }, { takeOver: true }),
    setDraft: (draft) => set({ draft, hint: null }),
    stop() {
      set({ ahead: null });
      engine.send({ kind: "stop" });
    },
    answerNow: () => engine.send({ kind: "answer-now" }),
    forget(conversation) {
      if (get().engine.status !== "ready") return false;
      engine.send({ kind: "forget", conversation });
      return true;
    },
  };
}

/** A new conversation. */
const nothingSaid = ({ newId, now }: Surroundings) => ({
  conversation: newConversation(newId(), now(), ""),
  ...{
    turns: [],
    otherTurns: [],
    isFetching: false,
    isMissing: false,
    interrupted: null,
    ahead: null,
    notice: null,
    hint: null,
  },
});

function createMoving(
  { getState: get, setState: set }: StoreApi<SessionState>,
  engine: Engine,
  surroundings: Surroundings,
  prepare: () => void,
): Moving {
  /** @returns the turns whose end is still to come. */
  const leave = (): readonly Turn[] => {
    const { leftTurns, turns } = get();
    if (turns.some(isRunning)) engine.send({ kind: "stop" });
    return [...leftTurns, ...turns].filter(isRunning);
  };
  const moveOn = (leftTurns: readonly Turn[], change: Partial<SessionState> = {}) =>
    set({ ...nothingSaid(surroundings), leftTurns, ...change });

  return {
    startOver: () => moveOn(leave()),
    awaitConversation: () => moveOn(leave(), { isFetching: true }),
    showMissing: () => moveOn(leave(), { isMissing: true }),
    show({ conversation, turns }) {
      const { leftTurns } = get();
      const left = leave();
      // A turn that is still being ended, or was when the store was read, is known better here.
      const known = [...left, ...leftTurns];
      const all = turns.map((stored) => known.find(({ id }) => id === stored.id) ?? turnFrom(conversation.id, stored));
      const others = left.filter((turn) => !all.includes(turn));
      moveOn(others, { conversation: takenAsStored(conversation), ...divided(conversation, all) });
      prepare();
    },
    update({ conversation: { chosen, ...stored }, turns }) {
      const { conversation, turns: shown, otherTurns, isFetching } = get();
      if (stored.id !== conversation.id || isFetching) return true;
      if (shown.some(isRunning)) return false;
      const own = [...shown, ...otherTurns];
      const known = turns.map(
        (turn) => own.find((one) => one.id === turn.id && saysMore(one, turn)) ?? turnFrom(stored.id, turn),
      );
      const unwritten = own.filter(({ id }) => !known.some((turn) => turn.id === id));
      // Whoever looks at a branch here goes on looking at it.
      const updated = takenAsStored({ ...stored, chosen: { ...chosen, ...conversation.chosen } });
      set({ conversation: updated, ...divided(updated, [...known, ...unwritten]) });
      prepare();
      return true;
    },
  };
}
