import { createStore, type StoreApi } from "zustand/vanilla";
import type { Engine } from "../engine/client";
import type { Event as EngineEvent } from "../engine/protocol";
import { type EngineState, engineAfter, OPENING } from "./engine-state";
import { beginTurn, isRunning, type Turn, turnAfter } from "./turn";

/** All that the page shows. */
export interface SessionState {
  readonly engine: EngineState;
  readonly turns: readonly Turn[];
  /** How many of the turns the model no longer knows, because it was opened again after them. */
  readonly forgotten: number;
  /** What the composer holds. */
  readonly draft: string;
  /** Why the draft was not accepted. */
  readonly hint: string | null;
}

/** A conversation with an engine: what the page shows and what a person can do. */
export interface Session {
  readonly store: StoreApi<SessionState>;
  /** Gets the model ready; also the Retry after a failure. */
  open(): void;
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

export const EMPTY_PROMPT_HINT = "The message is empty. Write a problem first.";

/** @param connect Gives the engine a listener for its events and returns the engine. */
export function createSession(connect: (listen: (event: EngineEvent) => void) => Engine): Session {
  const store = createStore<SessionState>(() => ({
    engine: OPENING,
    turns: [],
    forgotten: 0,
    draft: "",
    hint: null,
  }));
  const { getState: get, setState: set } = store;
  let lastTurn = 0;

  const engine = connect((event) => {
    set((state) => stateAfter(state, event));
    // Whatever state an engine kept over a failure, the page says that it was forgotten: make it so.
    if (event.kind === "ready" && get().forgotten > 0) engine.send({ kind: "reset" });
  });

  const ask = (text = get().draft) => {
    const { engine: state, turns, draft } = get();
    if (state.status !== "ready" || turns.some(isRunning)) return;
    if (text.trim() === "") {
      set({ hint: EMPTY_PROMPT_HINT });
      return;
    }
    const turn = beginTurn(++lastTurn, text.trim());
    set({ turns: [...turns, turn], hint: null, draft: text === draft ? "" : draft });
    engine.send({ kind: "ask", turn: turn.id, text: turn.prompt, settings: state.model.defaults });
  };

  return {
    store,
    open() {
      set({ engine: OPENING });
      engine.send({ kind: "open" });
    },
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
      engine.send({ kind: "reset" });
      set({ turns: [], forgotten: 0, hint: null });
    },
  };
}

function stateAfter(state: SessionState, event: EngineEvent): SessionState {
  const turns = state.turns.map((turn) => turnAfter(turn, event));
  return {
    ...state,
    turns: turns.every((turn, index) => turn === state.turns[index]) ? state.turns : turns,
    engine: engineAfter(state.engine, event),
    forgotten: event.kind === "failed" ? turns.length : state.forgotten,
    draft: givenBack(state, event) ?? state.draft,
  };
}

/** A prompt that did not fit goes back into the composer to be shortened, unless something else is there by now. */
function givenBack({ turns, draft }: SessionState, event: EngineEvent): string | undefined {
  if (event.kind !== "turn-failed" || event.failure.name !== "PromptTooLongError" || draft !== "") return undefined;
  return turns.find(({ id }) => id === event.turn)?.prompt;
}
