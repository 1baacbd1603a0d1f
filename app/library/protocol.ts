/** All that crosses the boundary between the page and the worker that keeps the stored models. */
import type { Failure } from "../engine/protocol";

/** What the page may ask. Each model is worked on by itself; a second request for a model that is being worked on is refused. */
export type LibraryRequest =
  | { kind: "list" }
  /** What getting a model would cost, and whether this device can run it. */
  | { kind: "examine"; model: string; source: Source }
  /** Begin to get a model, or go on with it. */
  | { kind: "get"; model: string; source: Source; startOver?: boolean; takeOver?: boolean }
  /** Read every byte again; what is damaged is made or fetched again. */
  | { kind: "verify"; model: string }
  /** End what is being done with a model. What is stored stays. */
  | { kind: "pause"; model: string }
  /** Remove all that is stored of a model, ending first what is being done with it. */
  | { kind: "delete"; model: string }
  /** What graphics device there is. */
  | { kind: "describe-device" }
  /** How fast the device reads its memory: takes about a second of all its time. */
  | { kind: "measure-device" }
  /** End the measuring. */
  | { kind: "stop-measuring" };

/** Where a model is to come from. */
export type Source =
  /** Longhand's own format on a web server. */
  | { kind: "folder"; baseUrl: string }
  | HuggingFaceSource
  /** Files of a published checkpoint on this device. */
  | { kind: "picked"; files: readonly File[] };

export interface HuggingFaceSource {
  kind: "hugging-face";
  baseUrl: string;
  repository: string;
  revision: string;
  /** Kept in memory only, never stored. */
  token?: string;
}

/** What the worker tells. */
export type LibraryEvent =
  /** `storage` is undefined where the browser does not tell. */
  | { kind: "models"; models: readonly ModelEntry[]; storage: StorageUse | undefined }
  | { kind: "examined"; model: string; examination: Examination }
  | { kind: "progress"; model: string; work: Work; doneBytes: number; totalBytes: number }
  | { kind: "ended"; model: string; work: Work; outcome: Outcome }
  /** What was being done with a model went wrong, or could not begin. `model` is "" when all is concerned. */
  | { kind: "faulted"; model: string; failure: Failure }
  | { kind: "device"; device: DeviceFacts }
  /** The end of a "measure-device"; undefined when it was stopped. */
  | { kind: "device-measured"; bytesPerSecond: number | undefined }
  /** Describing or measuring the device went wrong. */
  | { kind: "device-faulted"; failure: Failure };

export type Work = "examining" | "getting" | "verifying" | "deleting";

export type Outcome =
  | { kind: "done" }
  | { kind: "paused" }
  /** Of verifying: how many pieces there are, and how many were damaged and are whole again. */
  | { kind: "verified"; pieces: number; repaired: number };

/** A model that is stored, that was begun, or that can be had. */
export interface ModelEntry {
  /** The name under which it is, or would be, stored. */
  id: string;
  name: string;
  description: string;
  licence: string;
  /** Where it comes from, in words. */
  origin: string;
  status: "absent" | "partial" | "stored";
  heldBytes: number;
  /** 0 when it is not known yet. */
  totalBytes: number;
}

/** What this origin has of the browser's storage: models, conversations, the page itself. */
export interface StorageUse {
  usedBytes: number;
  freeBytes: number;
  /** The browser deletes it only when the person asks it to; otherwise also when the disk is full. */
  isPersistent: boolean;
}

/** The graphics device, for the person and for bug reports. */
export interface DeviceFacts {
  adapter: string;
  isSoftwareAdapter: boolean;
  /** Those that are used, by the names of WebGPU's and WGSL's specifications. */
  features: readonly string[];
  wgslFeatures: readonly string[];
  /** Those that matter here, by the names of WebGPU's specification. */
  limits: Readonly<Record<string, number>>;
}

/** What is known of a model and this device before the first gigabyte. */
export interface Examination {
  /** From the network, or from files on this device. */
  readBytes: number;
  storedBytes: number;
  /** Free in the browser's storage; undefined where it does not tell. */
  freeBytes: number | undefined;
  device: {
    /** Tokens of context that the device's limits allow, and how many are wanted. */
    contextLength: number;
    wantedContextLength: number;
    need: {
      weightBytes: number;
      stateBytes: number;
      cacheBytes: number;
      totalBytes: number;
      /** At most, beside the total, and only where there is room: what makes editing and branching quick. */
      checkpointBytes: number;
    };
    /** A sentence for each thing that the device cannot bind. */
    problems: readonly string[];
  };
  /** GPU memory that could be had when all that is needed was asked for. */
  allocatedBytes: number;
  isEnoughMemory: boolean;
  adapter: string;
  isSoftwareAdapter: boolean;
}
