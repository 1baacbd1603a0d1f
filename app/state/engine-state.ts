import type { Event as EngineEvent, Failure, ModelFacts, Phase } from "../engine/protocol";

/** Where the engine stands. `because`: why the model is being opened again without anyone having asked for it. */
export type EngineState =
  | { status: "opening"; progress: Progress | null; because?: Failure }
  | { status: "ready"; model: ModelFacts }
  | { status: "failed"; failure: Failure };

export interface Progress {
  phase: Phase;
  doneBytes: number;
  /** 0: not known yet. */
  totalBytes: number;
}

export const OPENING: EngineState = { status: "opening", progress: null };

/** The engine's state after an event. Events of a turn leave it as it is. */
export function engineAfter(state: EngineState, event: EngineEvent): EngineState {
  switch (event.kind) {
    case "progress": {
      const { phase, doneBytes, totalBytes } = event;
      const because = state.status === "opening" && state.because ? { because: state.because } : {};
      return { status: "opening", progress: { phase, doneBytes, totalBytes }, ...because };
    }
    case "ready":
      return { status: "ready", model: event.model };
    case "failed":
      return { status: "failed", failure: event.failure };
    default:
      return state;
  }
}
