import type { FileVersions } from "./checkpoint";
import type { Conversion } from "./conversion";
import { FORMAT_VERSION, type Piece } from "./format";
import type { Recipe } from "./recipe";
import { sha256 } from "./sha256";

/** How far an import has come: stored after every piece, dropped when the model is adopted. */
export interface Draft {
  /** Of all that decides on the bytes of the chunks, the checkpoint's content apart. */
  readonly fingerprint: string;
  /** Of the checkpoint's files when the import began. */
  readonly versions: FileVersions;
  readonly files: readonly Piece[];
  /** By index in the layout; only those that are stored. */
  readonly chunks: Readonly<Record<number, Piece>>;
}

/** A draft can be continued where the fingerprint is the same. */
export function fingerprintOf({ config, tensors }: Conversion, { matrices, embedding, chunkBytes }: Recipe) {
  const decisive = [FORMAT_VERSION, matrices, embedding, chunkBytes, tensors, config];
  return sha256(new TextEncoder().encode(JSON.stringify(decisive)));
}

/** The draft without pieces that the store does not hold: written down and then lost, or damaged and dropped. */
export function withoutLost(draft: Draft, held: ReadonlySet<string>): Draft {
  const chunks = Object.entries(draft.chunks).filter(([, piece]) => held.has(piece.sha256));
  return {
    ...draft,
    files: draft.files.every(({ sha256: hash }) => held.has(hash)) ? draft.files : [],
    chunks: Object.fromEntries(chunks),
  };
}
