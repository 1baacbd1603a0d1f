import { type ByteSource, type Checkpoint, type FileVersions, openCheckpoint } from "./checkpoint";
import { assertComplete, readWhole } from "./conversion";
import { describe } from "./convert";
import { fetchPiece } from "./fetch-piece";
import type { Manifest, Piece } from "./format";
import { layOut } from "./layout";
import { type MakeOptions, makeChunks } from "./make-chunks";
import { UpstreamChangedError } from "./source-errors";
import type { ModelStore } from "./store";
import type { PieceReader } from "./stored-model";
import { assertUnchanged } from "./versions";

interface StoredModel {
  readonly store: ModelStore;
  /** The name under which the store keeps it. */
  readonly model: string;
}

export interface RemakeOptions extends StoredModel, Pick<MakeOptions, "encode" | "signal"> {
  readonly source: ByteSource;
  readonly manifest: Manifest;
  /** Of the checkpoint when it was imported: `versions` of the model's origin. */
  readonly versions: FileVersions;
}

/**
 * Makes single pieces of an imported model again from its checkpoint, and stores them. Give it to `storedPieces`: then
 * a piece that turns out damaged is made again, alone, while the model loads.
 *
 * @throws (the reader) UpstreamChangedError when the checkpoint, or what comes out of it, is not the same any more;
 * whatever opening, reading and storing throw.
 */
export function remakeFrom(options: RemakeOptions): PieceReader {
  const { source, manifest, store, model, signal } = options;
  let opened: Promise<Checkpoint> | undefined;
  const open = async () => {
    const checkpoint = await openCheckpoint(source, { signal });
    assertUnchanged(options.versions, source.versions?.() ?? {});
    assertComplete(checkpoint, manifest.tensors);
    return checkpoint;
  };
  return async (piece) => {
    opened ??= open();
    // Not remembered when it failed: the connection may be back at the next piece.
    const checkpoint = await opened.catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    const content = await remake(checkpoint, piece, options);
    const { sha256 } = await describe(piece.name, content);
    if (sha256 !== piece.sha256)
      throw new UpstreamChangedError(
        `${piece.name} was damaged and came out different when made again. Import the model anew.`,
      );
    await store.put(model, sha256, content);
    return content;
  };
}

async function remake(
  checkpoint: Checkpoint,
  { name }: Piece,
  { source, manifest, encode, signal }: RemakeOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const index = manifest.chunks.findIndex((chunk) => chunk.name === name);
  const layout = layOut(manifest.tensors, manifest.chunkBytes);
  for await (const { content } of makeChunks(checkpoint, layout, index < 0 ? [] : [index], { encode, signal }))
    return content;
  return readWhole(source, name, { signal });
}

export interface RefetchOptions extends StoredModel {
  /** Where manifest.json and its pieces lie. */
  readonly baseUrl: string;
  readonly signal?: AbortSignal | undefined;
  readonly fetch?: typeof fetch | undefined;
}

/**
 * Fetches single pieces of a downloaded model again, and stores them.
 *
 * @throws (the reader) ModelFileError; QuotaError; StorageError; AbortError.
 */
export function refetchFrom({ baseUrl, store, model, signal, fetch }: RefetchOptions): PieceReader {
  return async (piece) => {
    const content = await fetchPiece({
      fetch: fetch ?? globalThis.fetch.bind(globalThis),
      url: `${baseUrl.replace(/\/$/, "")}/${piece.name}`,
      piece,
      signal: signal ?? new AbortController().signal,
      onBytes: () => undefined,
    });
    await store.put(model, piece.sha256, content);
    return content;
  };
}
