import type { ByteSource, Checkpoint } from "./checkpoint";
import { type Conversion, openConversion, type Plan, readModelFiles } from "./conversion";
import { type ConvertOptions, describe } from "./convert";
import type { DownloadProgress } from "./download";
import { type Draft, fingerprintOf, withoutLost } from "./draft";
import { StorageError } from "./errors";
import { chunkName, type Manifest, type Piece, sumBytes } from "./format";
import { UnstorableValueError } from "./half";
import { type ChunkLayout, layoutBytes } from "./layout";
import { makeChunks } from "./make-chunks";
import type { CheckpointOrigin } from "./origin";
import { manifestOf, type Recipe } from "./recipe";
import { assertRoom, orSayNeed } from "./room";
import { dtypeBytes } from "./safetensors";
import type { ModelStore } from "./store";
import { rowsOf } from "./stored-tensor";
import { assertUnchanged } from "./versions";

export interface ImportOptions extends Omit<ConvertOptions, "onBytes"> {
  readonly source: ByteSource;
  /** Remembered with the model, so that a damaged chunk can be made again. */
  readonly origin: CheckpointOrigin;
  /** The tensors that a model of a config needs: model/tensor-plan.ts. */
  readonly plan: Plan;
  readonly recipe: Recipe;
  /** The name under which the store keeps the model. */
  readonly model: string;
  readonly store: ModelStore;
  /** Gives up what an earlier import of this model left. */
  readonly startOver?: boolean | undefined;
  /** Bytes of the checkpoint's weights: read now, or in earlier rounds for chunks that are stored. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
}

/** An import that may begin to write. */
interface Round {
  readonly options: ImportOptions;
  readonly conversion: Conversion;
  readonly manifest: (files: readonly Piece[], chunks: readonly Piece[]) => Manifest;
  draft: Draft;
}

/**
 * Imports a checkpoint into the store, chunk after chunk; at the end the model is there at once, and until then the
 * former one stays. May be interrupted at any moment (abort, closed tab, broken connection): called again it goes on,
 * and what is recorded and stored is not made again. The result is that of convert.ts, byte for byte.
 *
 * Nothing is written before config, headers and model files were found good.
 *
 * @throws what openConversion and readModelFiles throw; UpstreamChangedError when the checkpoint is not the one with
 * which the import began; QuotaError; StorageError; UnstorableValueError, after which nothing is kept; AbortError.
 */
export async function importModel(options: ImportOptions): Promise<Manifest> {
  const { source, origin, plan, recipe, model, store, signal } = options;
  signal?.throwIfAborted();
  const conversion = await openConversion(source, plan, recipe, { signal });
  const manifest: Round["manifest"] = (files, chunks) => {
    return manifestOf(recipe, { config: conversion.config, files, chunks, tensors: conversion.tensors });
  };
  const round: Round = { options, conversion, manifest, draft: await begin(options, conversion) };
  await makeMissing(round);
  const { files, chunks } = round.draft;
  const done = manifest(
    files,
    conversion.layout.map((_, index) => chunks[index] as Piece),
  );
  signal?.throwIfAborted();
  await store.adopt(model, done, { ...origin, versions: round.draft.versions });
  return done;
}

/** Finds the draft of an earlier round, or begins a new one; stores the model files. */
async function begin(options: ImportOptions, conversion: Conversion): Promise<Draft> {
  const { source, recipe, model, store, signal, check = () => undefined } = options;
  const fingerprint = await fingerprintOf(conversion, recipe);
  const earlier = await earlierDraft(options, fingerprint);
  const read = earlier?.files.length ? undefined : await readModelFiles(source, check, { signal });
  const versions = source.versions?.() ?? {};
  if (earlier) assertUnchanged(earlier.versions, versions);
  else await store.discardDraft(model);
  let draft = earlier ?? { fingerprint, versions, files: [], chunks: {} };
  await assertRoom(store, missingBytes(conversion.layout, draft));
  await store.saveDraft(model, draft);
  if (!read) return draft;
  const pieces: Piece[] = [];
  for (const [name, content] of read) {
    const piece = await describe(name, content);
    await orSayNeed(store.put(model, piece.sha256, content), () => missingBytes(conversion.layout, draft));
    pieces.push(piece);
  }
  draft = { ...draft, files: pieces };
  await store.saveDraft(model, draft);
  return draft;
}

async function earlierDraft({ model, store, startOver }: ImportOptions, fingerprint: string) {
  if (startOver) return undefined;
  const draft = await store.draft(model);
  return draft?.fingerprint === fingerprint ? withoutLost(draft, await store.held(model)) : undefined;
}

/** Another tab may have deleted what was stored; then it is made once more. */
const MOST_ROUNDS = 3;

async function makeMissing(round: Round): Promise<void> {
  const { model, store } = round.options;
  for (let count = 0; count < MOST_ROUNDS; count++) {
    const missing = [...round.conversion.layout.keys()].filter((index) => !round.draft.chunks[index]);
    if (missing.length > 0) await makeThese(round, missing);
    round.draft = withoutLost(round.draft, await store.held(model));
    const stored = Object.keys(round.draft.chunks).length;
    if (stored === round.conversion.layout.length && round.draft.files.length > 0) return;
  }
  throw new StorageError("What was stored of the model disappeared again. Is it being deleted in another tab?");
}

async function makeThese(round: Round, missing: readonly number[]): Promise<void> {
  const { options, conversion } = round;
  const { model, store, encode, signal } = options;
  const onBytes = progressOf(round, missing);
  try {
    for await (const made of makeChunks(conversion.checkpoint, conversion.layout, missing, {
      encode,
      signal,
      onBytes,
    })) {
      const piece = await describe(chunkName(made.index), made.content);
      const need = () => missingBytes(conversion.layout, round.draft);
      await orSayNeed(store.put(model, piece.sha256, made.content), need);
      const draft = { ...round.draft, chunks: { ...round.draft.chunks, [made.index]: piece } };
      await orSayNeed(store.saveDraft(model, draft), need);
      round.draft = draft;
    }
  } catch (error) {
    // No second try can help: what is stored would only take up room.
    if (error instanceof UnstorableValueError) await store.discardDraft(model);
    throw error;
  }
}

function progressOf({ options, conversion }: Round, missing: readonly number[]): (bytes: number) => void {
  const bytesOf = (slabs: ChunkLayout) => sourceBytes(conversion.checkpoint, slabs);
  const totalBytes = conversion.layout.reduce((sum, slabs) => sum + bytesOf(slabs), 0);
  let doneBytes = missing.reduce((rest, index) => rest - bytesOf(conversion.layout[index] ?? []), totalBytes);
  const count = (bytes: number) => {
    doneBytes += bytes;
    options.onProgress?.({ doneBytes, totalBytes });
  };
  count(0);
  return count;
}

/** What makeChunks reads for a chunk. */
function sourceBytes(checkpoint: Checkpoint, slabs: ChunkLayout): number {
  return sumBytes(
    slabs.map(({ tensor, rows }) => {
      return { bytes: rows * rowsOf(tensor).rowElements * dtypeBytes(checkpoint.tensor(tensor.name).dtype) };
    }),
  );
}

/** Bytes of chunks that are yet to be stored. */
function missingBytes(layout: readonly ChunkLayout[], { chunks }: Draft): number {
  return layout.reduce((sum, slabs, index) => (chunks[index] ? sum : sum + layoutBytes(slabs)), 0);
}
