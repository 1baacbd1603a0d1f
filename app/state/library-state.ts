import type { Failure } from "../engine/protocol";
import type {
  DeviceFacts,
  Examination,
  LibraryEvent,
  ModelEntry,
  Outcome,
  StorageUse,
  Work,
} from "../library/protocol";
import { NO_RATE, rateAfter, type TransferRate } from "./transfer-rate";

/** All that the page knows of the stored models. */
export interface LibraryState {
  /** null until the worker has looked. */
  readonly models: readonly ModelEntry[] | null;
  /** Of the whole origin; undefined where the browser does not tell. */
  readonly storage: StorageUse | undefined;
  readonly device: DeviceState;
  /** What is being done, by model. */
  readonly jobs: ByModel<Job>;
  /** What is known before getting a model, by model. */
  readonly examinations: ByModel<Examination>;
  /** What went wrong last, by model; "" stands for all. */
  readonly faults: ByModel<Failure>;
  /** How verifying ended last, by model. */
  readonly verified: ByModel<Verified>;
}

/** How many pieces a model has, and how many of them were damaged and are whole again. */
export type Verified = Extract<Outcome, { kind: "verified" }>;

/** What is known of the graphics device. */
export interface DeviceState {
  readonly facts: DeviceFacts | null;
  readonly isMeasuring: boolean;
  /** Of plain reads; undefined until it has been measured. */
  readonly bytesPerSecond: number | undefined;
  /** Why it could not be described or measured. */
  readonly fault: Failure | null;
}

export type ByModel<T> = Readonly<Record<string, T>>;

export interface Job {
  readonly work: Work;
  readonly doneBytes: number;
  /** 0 while it is not known. */
  readonly totalBytes: number;
  readonly rate: TransferRate;
  /** Somebody asked for its end. */
  readonly isEnding: boolean;
}

const UNKNOWN_DEVICE: DeviceState = { facts: null, isMeasuring: false, bytesPerSecond: undefined, fault: null };

export const EMPTY_LIBRARY: LibraryState = {
  ...{ models: null, storage: undefined, device: UNKNOWN_DEVICE },
  ...{ jobs: {}, examinations: {}, faults: {}, verified: {} },
};

/** A job that has just been asked for. What was said of the model before is over. */
export function begun(state: LibraryState, model: string, work: Work): LibraryState {
  const job = { work, doneBytes: 0, totalBytes: 0, rate: NO_RATE, isEnding: false };
  return {
    ...state,
    jobs: { ...state.jobs, [model]: job },
    faults: without(state.faults, model),
    verified: without(state.verified, model),
    examinations: work === "examining" ? without(state.examinations, model) : state.examinations,
  };
}

/** The device is about to be measured. */
export const measuring = (state: LibraryState): LibraryState => ({
  ...state,
  device: { ...state.device, isMeasuring: true, fault: null },
});

/** A job whose end was asked for. */
export function ending(state: LibraryState, model: string): LibraryState {
  const job = state.jobs[model];
  return job ? { ...state, jobs: { ...state.jobs, [model]: { ...job, isEnding: true } } } : state;
}

/** The state after an event. @param atMs when it came, for the speed. */
export function libraryAfter(state: LibraryState, event: LibraryEvent, atMs: number): LibraryState {
  switch (event.kind) {
    case "models":
      return { ...state, models: event.models, storage: event.storage };
    case "examined":
      return { ...state, examinations: { ...state.examinations, [event.model]: event.examination } };
    case "progress":
      return { ...state, jobs: { ...state.jobs, [event.model]: jobAfter(state.jobs[event.model], event, atMs) } };
    case "ended": {
      const { outcome } = event;
      const verified = outcome.kind === "verified" ? { ...state.verified, [event.model]: outcome } : state.verified;
      // What was ended for the sake of deleting is not the end of the deleting.
      const isItsOwn = state.jobs[event.model]?.work === event.work;
      return { ...state, verified, jobs: isItsOwn ? without(state.jobs, event.model) : state.jobs };
    }
    case "faulted": {
      // When the worker is gone, so is all that it was doing.
      const jobs = event.model === "" ? {} : without(state.jobs, event.model);
      const device = event.model === "" ? deviceWithoutWorker(state.device, event.failure) : state.device;
      return { ...state, jobs, device, faults: { ...state.faults, [event.model]: event.failure } };
    }
    case "device":
      return { ...state, device: { ...state.device, facts: event.device, fault: null } };
    case "device-measured": {
      // What was stopped leaves the figure of before.
      const bytesPerSecond = event.bytesPerSecond ?? state.device.bytesPerSecond;
      return { ...state, device: { ...state.device, isMeasuring: false, bytesPerSecond } };
    }
    case "device-faulted":
      return { ...state, device: { ...state.device, isMeasuring: false, fault: event.failure } };
  }
}

/** What it was being asked is answered no more. */
function deviceWithoutWorker(device: DeviceState, failure: Failure): DeviceState {
  const isAsked = device.isMeasuring || device.facts === null;
  return { ...device, isMeasuring: false, fault: isAsked ? failure : device.fault };
}

type Progress = Extract<LibraryEvent, { kind: "progress" }>;

function jobAfter(job: Job | undefined, { work, doneBytes, totalBytes }: Progress, atMs: number): Job {
  const rate = job?.work === work ? job.rate : NO_RATE;
  return { work, doneBytes, totalBytes, rate: rateAfter(rate, atMs, doneBytes), isEnding: job?.isEnding ?? false };
}

function without<T>(values: ByModel<T>, model: string): ByModel<T> {
  const { [model]: _, ...rest } = values;
  return rest;
}
