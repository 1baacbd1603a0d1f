import type { StoreApi } from "zustand/vanilla";
import type { Engine } from "../engine/client";
import { knownTurns, pastTurns, type SessionState } from "./session-state";
import { continueTurn, replyOf } from "./turn";

/** How a model is opened in the middle of a conversation. */
export interface Opening {
  /** Changes the state, then asks the engine for its model. */
  open(change: Partial<SessionState>, options?: { takeOver?: boolean }): void;
  /** Goes on with the reply that the loss of the device cut off, once the model is back. */
  goOn(): void;
}

export function createOpening({ getState: get, setState: set }: StoreApi<SessionState>, engine: Engine): Opening {
  return {
    open(change, options = {}) {
      set(change);
      engine.send({ kind: "open", model: get().model, ...options });
    },
    goOn() {
      const { engine: state, conversation, turns, interrupted } = get();
      const turn = knownTurns(get()).find(({ id }) => id === interrupted);
      set({ interrupted: null });
      if (!turn || state.status !== "ready") return;
      const path = pastTurns(get());
      set({ turns: turns.map((other) => (other === turn ? continueTurn(turn) : other)) });
      const begun = replyOf(turn);
      const isBlank = begun.reasoning.trim() === "" && begun.answer === "";
      engine.send({
        kind: "ask",
        turn: turn.id,
        conversation,
        path,
        text: turn.prompt,
        settings: state.model.defaults,
        ...(!isBlank && { begun }),
      });
    },
  };
}
