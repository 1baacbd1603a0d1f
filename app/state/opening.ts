import type { StoreApi } from "zustand/vanilla";
import type { Engine } from "../engine/client";
import { knownTurns, pastTurns, type SessionState } from "./session-state";
import { continueTurn, replyOf } from "./turn";

/** How a model is opened in the middle of a conversation. */
export interface Opening {
  /** Changes the state, then asks the engine for its model, and to read what that is to know of the conversation. */
  open(change: Partial<SessionState>, options?: { takeOver?: boolean }): void;
  /** Goes on with the reply that the loss of the device cut off, once the model is back. */
  goOn(): void;
}

export function createOpening({ getState: get, setState: set }: StoreApi<SessionState>, engine: Engine): Opening {
  return {
    open(change, options = {}) {
      set(change);
      const turns = pastTurns(get());
      engine.send({ kind: "open", model: get().model, ...(turns.length > 0 && { turns }), ...options });
    },
    goOn() {
      const { engine: state, turns, interrupted } = get();
      const turn = knownTurns(get()).find(({ id }) => id === interrupted);
      set({ interrupted: null });
      if (!turn || state.status !== "ready") return;
      set({ turns: turns.map((other) => (other === turn ? continueTurn(turn) : other)) });
      const begun = replyOf(turn);
      const isBlank = begun.reasoning.trim() === "" && begun.answer === "";
      engine.send({
        kind: "ask",
        turn: turn.id,
        text: turn.prompt,
        settings: state.model.defaults,
        ...(!isBlank && { begun }),
      });
    },
  };
}
