import { createStore, type StoreApi } from "zustand/vanilla";
import type { Engine } from "../engine/client";
import type { Event as EngineEvent } from "../engine/protocol";
import { OPENING } from "./engine-state";
import { createOpening } from "./opening";
import { mayRecover, pastTurns, type SessionState, stateAfter } from "./session-state";
import { beginTurn, isRunning, type Turn } from "./turn";

/** A conversation with an engine: what the page shows and what a person can do. */
export interface Session {
  readonly store: StoreApi<SessionState>;
  /** Gets the model ready; also the Retry after a failure. */
  open(): void;
  /** Opens another model. It does not know what was said before. */
  openModel(model: string): void;
  /** Gets the model ready although another tab has it open, which loses it. */
  takeOver(): void;
  setDraft(draft: string): void;
  /** Sends a problem, the draft if none is given. A blank one is refused with a hint; while a reply is running, nothing happens. */
  ask(text?: string): void;
  /** Takes a failed turn away and sends its prompt once more. */
  askAgain(turn: Turn): void;
  /** Ends the running reply or the running download. */
  stop(): void;
  /** Forgets the conversation. The draft stays. */
  startOver(): void;
}

const NOTHING_SAID = { turns: [], forgotten: 0, interrupted: null, notice: null, hint: null } as const;

/**
 * @param connect Gives the engine a listener for its events and returns the engine.
 * @param model What to open first, by its stored name.
 */
export function createSession(connect: (listen: (event: EngineEvent) => void) => Engine, model: string): Session {
  const store = createStore<SessionState>(() => ({
    ...NOTHING_SAID,
    conversation: crypto.randomUUID(),
    engine: OPENING,
    model,
    hasRecovered: false,
    draft: "",
  }));
  const { getState: get, setState: set } = store;
  let lastTurn = 0;

  const engine: Engine = connect((event) => {
    const before = get();
    set(stateAfter(before, event));
    if (event.kind === "failed" && mayRecover(before, event.failure)) open({ engine: get().engine });
    if (event.kind === "ready") goOn();
  });
  const { open, goOn } = createOpening(store, engine);

  const ask = (text = get().draft) => {
    const { engine: state, conversation, turns, draft } = get();
    if (state.status !== "ready" || turns.some(isRunning)) return;
    if (text.trim() === "") {
      set({ hint: "emptyPrompt" });
      return;
    }
    const turn = beginTurn(String(++lastTurn), text.trim());
    const path = pastTurns(get());
    set({ turns: [...turns, turn], hint: null, notice: null, draft: text === draft ? "" : draft });
    const settings = state.model.defaults;
    engine.send({ kind: "ask", turn: turn.id, conversation, path, text: turn.prompt, settings });
  };

  return {
    store,
    open: () => open({ engine: OPENING, hasRecovered: false }),
    openModel(id) {
      if (get().turns.some(isRunning)) engine.send({ kind: "stop" });
      const forgotten = get().turns.length;
      open({ engine: OPENING, model: id, forgotten, interrupted: null, notice: null, hasRecovered: false });
    },
    takeOver: () => open({ engine: OPENING, hasRecovered: false }, { takeOver: true }),
    setDraft: (draft) => set({ draft, hint: null }),
    ask,
    askAgain(failed) {
      if (get().turns.some(isRunning)) return;
      set(({ turns }) => ({ turns: turns.filter(({ id }) => id !== failed.id) }));
      ask(failed.prompt);
    },
    stop: () => engine.send({ kind: "stop" }),
    startOver() {
      if (get().turns.some(isRunning)) engine.send({ kind: "stop" });
      set({ ...NOTHING_SAID, conversation: crypto.randomUUID() });
    },
  };
}
