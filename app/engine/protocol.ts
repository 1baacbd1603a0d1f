/** All that crosses the boundary between the page and the worker. */

/**
 * What the page may ask of the worker. The page owns the conversations; what the worker keeps of them is a cache: every
 * question brings all that was said before, and only what the worker has not read yet is read.
 */
export type Request =
  /**
   * Get a model ready: from IndexedDB, downloading first what is not there of the one that the page brings with it.
   * Takes the place of the model that was open. Also the Retry after a failure.
   */
  | {
      kind: "open";
      model: string;
      /** Take the model from another tab that has it open. */
      takeOver?: boolean;
      /** Tokens of context, or as many as the device can hold if those are fewer; 32,768 if it is left out. */
      contextLength?: number;
      /** Tokens of the context that count as read before the first turn, for measurements. */
      startAt?: number;
    }
  /**
   * Write a reply. A new turn, an edited or regenerated one, another branch, and going on with a reply that was stopped
   * are all this. One at a time: while a turn is running, another question is not heard.
   */
  | {
      kind: "ask";
      /** The page's own name for the turn; events about it carry it. */
      turn: string;
      /** Under this name the state is stored, for after a reload. */
      conversation: string;
      /** The turns before this one, from the first on. */
      path: readonly PastTurn[];
      text: string;
      settings: Settings;
      /** What the reply begins with already; only what follows is written. */
      begun?: Reply;
    }
  /** Read ahead what a question after these turns will need. An "ask" may come at any time; what is read then is used. */
  | { kind: "prepare"; conversation: string; path: readonly PastTurn[]; settings: Settings }
  /** End the reasoning of the running turn, and go on with its answer. Without reasoning nothing happens. */
  | { kind: "answer-now" }
  /** End the running turn, or the running download. What was written stays. */
  | { kind: "stop" }
  /** Delete what is stored of a conversation's state. */
  | { kind: "forget"; conversation: string };

export interface Settings {
  /** 0: greedy. */
  temperature: number;
  topP: number;
  topK: number;
  minP: number;
  seed: number;
  /** Most tokens of one reply; the context's end may come first. */
  maxTokens: number;
  /** Instructions for the whole conversation; none when empty. */
  system: string;
  /** Most tokens of reasoning: then it is closed, and the answer follows. null: as many as it takes. */
  thinkingBudget: number | null;
  /** Whether the reasoning of earlier turns is left out of the context, where an answer followed it. */
  dropsReasoning: boolean;
}

/** What was written of a reply. */
export interface Reply {
  reasoning: string;
  answer: string;
  /** The reasoning has ended, although no answer follows yet (`isReasoning` of the last text was false). */
  isReasoningOver?: boolean;
}

export interface PastTurn {
  text: string;
  reply: Reply;
}

/** What the worker tells the page. */
export type Event =
  | { kind: "progress"; phase: Phase; doneBytes: number; totalBytes: number }
  | { kind: "ready"; model: ModelFacts }
  /** Comes once in a turn, before its first text. */
  | ({ kind: "recalled"; turn: string } & Recalled)
  /** The end of a "prepare" that was neither superseded nor stopped. What does not fit the context is not read. */
  | ({ kind: "prepared"; conversation: string } & Recalled)
  /** The state is in the browser's storage now, for after a reload. */
  | { kind: "kept"; conversation: string; bytes: number }
  | ({ kind: "wrote"; turn: string } & Written)
  | { kind: "finished"; turn: string; reason: FinishReason; progress: TurnProgress }
  /** A turn that could not begin or go on; the model is still there. */
  | { kind: "turn-failed"; turn: string; failure: Failure }
  /** The engine is not usable until it is opened again. */
  | { kind: "failed"; failure: Failure };

/** "checking": what is stored already; "downloading": network → IndexedDB; "loading": IndexedDB → GPU. */
export type Phase = "checking" | "downloading" | "loading";

/** How a turn came by what was said before it. */
export interface Recalled {
  /** Tokens of the context that need not be read again, and those that had to be read, the turn's own included. */
  reusedTokens: number;
  readTokens: number;
  /** What held the reused ones: the state as it stood, a copy in memory, or one stored in the browser. */
  from: "live" | "memory" | "storage" | "nothing";
}

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
  /** Whether the reply is within its reasoning after this text. */
  isReasoning: boolean;
  progress: TurnProgress;
}

export interface TurnProgress {
  /** Tokens written in this turn, and how many of them are reasoning. */
  tokens: number;
  reasoningTokens: number;
  /** Tokens read for this turn before it wrote. */
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
