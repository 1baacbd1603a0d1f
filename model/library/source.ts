import type { ByteSource, FileVersions } from "../weights/checkpoint";
import { HUGGING_FACE, huggingFace } from "../weights/hugging-face";
import type { CheckpointOrigin, FolderOrigin, HuggingFaceOrigin } from "../weights/origin";
import { type PickedFile, pickedFiles } from "../weights/picked-files";

/** Where a person wants a model to come from. */
export type Source = FolderOrigin | HuggingFaceSource | PickedSource;

export interface HuggingFaceSource extends HuggingFaceOrigin {
  /** For private repositories; kept in memory only. */
  readonly token?: string;
}

export interface PickedSource {
  readonly kind: "picked";
  /** The files of a published checkpoint. */
  readonly files: readonly PickedFile[];
}

/** A source that holds a checkpoint to be quantized here; a folder holds a model that is ready. */
export type CheckpointSource = HuggingFaceSource | PickedSource;

/** @throws AddressError; CheckpointError for picked files that cannot be of one model. */
export function openSource(source: CheckpointSource): ByteSource & { versions(): FileVersions } {
  return source.kind === "picked" ? pickedFiles(source.files) : huggingFace(source);
}

/** The source without what must not be stored. */
export function originOf(source: CheckpointSource): CheckpointOrigin {
  if (source.kind === "picked") return { kind: "picked" };
  const { kind, baseUrl, repository, revision } = source;
  return { kind, baseUrl, repository, revision };
}

/** In words, for the manifest. */
export function describeOrigin(source: CheckpointSource): string {
  if (source.kind === "picked") return "Files from this device";
  const { baseUrl, repository, revision } = source;
  return `${baseUrl === HUGGING_FACE ? "Hugging Face" : baseUrl}, ${repository} at ${revision}`;
}
