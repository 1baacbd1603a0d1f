import { createStore, type StoreApi } from "zustand/vanilla";
import type { Library } from "../library/client";
import type { LibraryEvent, Source, Work } from "../library/protocol";
import { begun, EMPTY_LIBRARY, ending, type LibraryState, libraryAfter, measuring } from "./library-state";
import type { Remembered } from "./remembered";

/** The stored models: what the page shows of them and what a person can do with them. */
export interface ModelLibrary {
  readonly store: StoreApi<LibraryState>;
  /** Looks what is stored. */
  list(): void;
  /** Finds out what getting a model would cost, and whether this device can run it. */
  examine(model: string, source: Source): void;
  /** Begins to get a model, or goes on with it. */
  get(model: string, source: Source, how?: HowToGet): void;
  /** Ends what is being done with a model; what is stored stays. */
  pause(model: string): void;
  verify(model: string): void;
  /** Removes all that is stored of a model. */
  remove(model: string): void;
  /** Where a model was being got from, to go on with it; undefined when it must be chosen again. */
  sourceOf(model: string): Source | undefined;
  /** Looks what graphics device there is. */
  describeDevice(): void;
  /** Finds out how fast the graphics device reads its memory. */
  measureDevice(): void;
  stopMeasuring(): void;
}

export interface HowToGet {
  /** Give up what is stored, because the published model has changed since. */
  readonly startOver?: boolean;
  /** Take the work from the tab that is doing it. */
  readonly takeOver?: boolean;
}

/** @param connect Gives the library a listener for its events and returns it. */
export function createLibrary(
  connect: (listen: (event: LibraryEvent) => void) => Library,
  remembered: Remembered,
  now: () => number = () => performance.now(),
): ModelLibrary {
  const store = createStore<LibraryState>(() => EMPTY_LIBRARY);
  const library = connect((event) => store.setState((state) => libraryAfter(state, event, now())));
  /** Kept for as long as the page is open: files and tokens are not remembered. */
  const sources = new Map<string, Source>();

  const begin = (model: string, work: Work): boolean => {
    if (store.getState().jobs[model]) return false;
    store.setState((state) => begun(state, model, work));
    return true;
  };

  return {
    store,
    list: () => library.send({ kind: "list" }),
    examine(model, source) {
      if (begin(model, "examining")) library.send({ kind: "examine", model, source });
    },
    get(model, source, how = {}) {
      if (!begin(model, "getting")) return;
      sources.set(model, source);
      remembered.setSource(model, source);
      library.send({ kind: "get", model, source, ...how });
    },
    pause(model) {
      store.setState((state) => ending(state, model));
      library.send({ kind: "pause", model });
    },
    verify(model) {
      if (begin(model, "verifying")) library.send({ kind: "verify", model });
    },
    remove(model) {
      store.setState((state) => begun(state, model, "deleting"));
      library.send({ kind: "delete", model });
    },
    sourceOf: (model) => sources.get(model) ?? remembered.source(model),
    describeDevice: () => library.send({ kind: "describe-device" }),
    measureDevice() {
      if (store.getState().device.isMeasuring) return;
      store.setState(measuring);
      library.send({ kind: "measure-device" });
    },
    stopMeasuring() {
      if (store.getState().device.isMeasuring) library.send({ kind: "stop-measuring" });
    },
  };
}
