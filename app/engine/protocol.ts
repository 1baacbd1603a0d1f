/** All that crosses the boundary between the page and the worker. */

/** What the page may ask of the worker. */
export type Request =
  /**
   * Get a model ready: from IndexedDB, downloading first what is not there of the one that the page brings with it.
   * Takes the place of the model that was open. Also the Retry after a failure.
   */
  | {
      kind: "open";
      model: string;
      /** Read again before the model is ready, so that the conversation goes on from its text. */
      turns?: readonly PastTurn[];
      /** Take the model from another tab that has it open. */
      takeOver?: boolean;
      /** Tokens of context, or as many as the device can hold if those are fewer; 32,768 if it is left out. */
      contextLength?: number;
      /** Tokens of the context that count as read before the first turn, for measurements. */
      startAt?: number;
    }
  /** One more turn of the conversation. The worker keeps the state, so only the new text is read. */
  | {
      kind: "ask";
      turn: number;
      text: string;
      settings: Settings;
      /** What the reply begins with already; only what follows is written. */
      begun?: Reply;
    }
  /** End the running turn, or the running download. What was written stays. */
  | { kind: "stop" }
  /** Forget the conversation; the model stays. */
  | { kind: "reset" };

export interface Settings {
  /** 0: greedy. */
  temperature: number;
  topP: number;
  topK: number;
  minP: number;
  seed: number;
  /** Most tokens of one reply; the context's end may come first. */
  maxTokens: number;
}

/** What was written of a reply. */
export interface Reply {
  reasoning: string;
  answer: string;
}

export interface PastTurn {
  text: string;
  reply: Reply;
}

/** What the worker tells the page. */
export type Event =
  | { kind: "progress"; phase: Phase; doneBytes: number; totalBytes: number }
  /** `recalled`: whether the turns that came with "open" were read; false when they do not fit the context. */
  | { kind: "ready"; model: ModelFacts; recalled: boolean }
  | ({ kind: "wrote"; turn: number } & Written)
  | { kind: "finished"; turn: number; reason: FinishReason; progress: TurnProgress }
  /** A turn that could not begin or go on; the model is still there. */
  | { kind: "turn-failed"; turn: number; failure: Failure }
  /** The engine is not usable until it is opened again. */
  | { kind: "failed"; failure: Failure };

/**
 * "checking": what is stored already; "downloading": network → IndexedDB; "loading": IndexedDB → GPU; "reading": the
 * turns that came with "open".
 */
export type Phase = "checking" | "downloading" | "loading" | "reading";

export interface ModelFacts {
  /** The name under which it is stored. */
  id: string;
  name: string;
  /** What it can and cannot do, in a sentence or two from the model's own manifest. */
  description: string;
  parameters: number;
  storedBytes: number;
  /** Tokens of context, and how many this model on this device could have. */
  contextLength: number;
  longestContext: number;
  /** Graphics memory that the context takes by the time it is full. */
  contextBytes: number;
  /** The graphics adapter in words, and whether it is a software one. */
  adapter: string;
  isSoftwareAdapter: boolean;
  /** From the checkpoint's generation_config.json. */
  defaults: Settings;
  /** Model bytes fetched from the network by this opening: 0 on a second visit. */
  fetchedBytes: number;
}

/** Text since the last event, at most one event for each animation frame's worth of time. */
export interface Written {
  reasoning: string;
  answer: string;
  progress: TurnProgress;
}

export interface TurnProgress {
  /** Tokens written in this turn, and how many of them are reasoning. */
  tokens: number;
  reasoningTokens: number;
  /** Prompt tokens read for this turn. */
  promptTokens: number;
  /** From the first token of the reply on. */
  elapsedMs: number;
  /** The part of elapsedMs spent on reasoning. */
  reasoningMs: number;
  tokensPerSecond: number;
  /** Of the context: tokens in the model's state, and how many fit. */
  contextUsed: number;
  contextLength: number;
}

/** "stop": the model ended its turn; "length": maxTokens; "context": the context is full; "aborted": the person stopped it. */
export type FinishReason = "stop" | "length" | "context" | "aborted";

export interface Failure {
  /** The error's class name, for tests and bug reports. */
  name: FailureName;
  /** A sentence for the person who reads it. */
  message: string;
  /** Whether opening again (or asking again) may help. */
  canRetry: boolean;
  /** Details for a bug report. */
  detail?: string;
}

export type FailureName =
  | "UnsupportedGpuError" // no WebGPU, no adapter
  | "DeviceLostError"
  | "GpuMemoryError" // the graphics card has no room for the model
  | "AlreadyOpenError" // in another tab, which may be told to give it up
  | "TakenOverError" // by another tab
  | "ModelNotStoredError" // chosen, but not on this device
  | "ModelFileError" // a model file missing, truncated or altered
  | "StorageError" // IndexedDB refused
  | "QuotaError" // not enough room; the message says how much is needed
  | ImportFailureName
  | "PromptTooLongError"
  | "EmptyPromptError"
  | "AbortError" // the download was stopped
  | "UnexpectedError"; // anything else, the worker's own crash included

/** What can go wrong while a model is fetched, read and quantized; model/weights/README.md says when. */
export type ImportFailureName =
  | "AddressError"
  | "ConnectionError"
  | "UnauthorizedError"
  | "ForbiddenError"
  | "NotFoundError"
  | "RangeNotSatisfiableError"
  | "RangeIgnoredError"
  | "TooManyRequestsError"
  | "ServerRefusalError"
  | "UpstreamChangedError"
  | "ManifestError"
  | "SafetensorsError"
  | "CheckpointError"
  | "ConfigError"
  | "TokenizerError"
  | "ChatTemplateError"
  | "GenerationConfigError"
  | "UnstorableValueError";
