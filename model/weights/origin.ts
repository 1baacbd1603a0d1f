import type { FileVersions } from "./checkpoint";

/** A folder in Longhand's own format, over HTTP. */
export interface FolderOrigin {
  readonly kind: "folder";
  readonly baseUrl: string;
}

/** A published checkpoint. A token is no part of it: it is never stored. */
export interface HuggingFaceOrigin {
  readonly kind: "hugging-face";
  readonly baseUrl: string;
  /** "microsoft/Phi-4-mini-flash-reasoning". */
  readonly repository: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
}

/** Files picked from disk; to read them again the person must pick them again. */
export interface PickedOrigin {
  readonly kind: "picked";
}

/** A checkpoint that was, or is to be, imported. */
export type CheckpointOrigin = HuggingFaceOrigin | PickedOrigin;

/** Where a stored model came from, kept beside its manifest so that a damaged piece can be made or fetched again. */
export type Origin = FolderOrigin | (CheckpointOrigin & { readonly versions: FileVersions });
