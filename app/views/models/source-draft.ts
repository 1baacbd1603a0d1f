import type { Source } from "../../library/protocol";
import { PUBLISHED_SOURCE } from "../../library/sources";

/** What the form of sources holds: of each kind of source what was written, so that choosing another loses nothing. */
export interface Draft {
  readonly kind: Source["kind"];
  readonly repository: string;
  readonly revision: string;
  readonly baseUrl: string;
  readonly token: string;
  /** Revision, mirror and token are in sight. */
  readonly isDetailed: boolean;
  readonly folderUrl: string;
  readonly files: readonly File[];
}

/** A form that begins with a source, or with nothing but the usual server. */
export function draftOf(source?: Source): Draft {
  const { baseUrl, revision } = PUBLISHED_SOURCE;
  const empty: Draft = {
    kind: source?.kind ?? "hugging-face",
    repository: "",
    revision,
    baseUrl,
    token: "",
    isDetailed: false,
    folderUrl: "",
    files: [],
  };
  if (source?.kind === "folder") return { ...empty, folderUrl: source.baseUrl };
  if (source?.kind !== "hugging-face") return empty;
  return { ...empty, ...source, token: source.token ?? "" };
}

/** The source that is written down; undefined while something is missing. */
export function sourceFrom(draft: Draft): Source | undefined {
  const { kind, files } = draft;
  const [repository, revision, baseUrl, token, folderUrl] = [
    draft.repository.trim(),
    draft.revision.trim(),
    draft.baseUrl.trim(),
    draft.token.trim(),
    draft.folderUrl.trim(),
  ];
  if (kind === "picked") return files.length > 0 ? { kind, files } : undefined;
  if (kind === "folder") return folderUrl ? { kind, baseUrl: folderUrl } : undefined;
  if (!repository || !revision || !baseUrl) return undefined;
  return { kind, repository, revision, baseUrl, ...(token && { token }) };
}
