import { parseGenerationConfig } from "../chat/generation-config";
import { createPrompt } from "../chat/prompt";
import { createTokenizer } from "../chat/tokenizer";
import { tensorPlan } from "../tensor-plan";
import { download } from "../weights/download";
import type { ModelFile } from "../weights/format";
import { importModel } from "../weights/import";
import type { Recipe } from "../weights/recipe";
import type { ModelStore } from "../weights/store";
import { makingRoom } from "./make-room";
import { openEncoder } from "./open-encoder";
import { PUBLISHED_MODEL } from "./published-model";
import { type CheckpointSource, describeOrigin, openSource, originOf, type Source } from "./source";

export interface GetOptions {
  readonly store: ModelStore;
  /** The name under which the store keeps the model. */
  readonly model: string;
  readonly source: Source;
  /** Gives up what an earlier attempt left, because the checkpoint has changed since. */
  readonly startOver?: boolean | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly doneBytes: number; readonly totalBytes: number }) => void;
}

export const CHUNK_BYTES = 8 * 2 ** 20;

/**
 * Brings a model into the store: a ready one as it is, a checkpoint quantized while it is read, on the graphics card
 * where there is one. Called again after an interruption it goes on. Stored states of conversations give way to it.
 *
 * @throws what `download` and `importModel` throw.
 */
export const getModel = (options: GetOptions): Promise<void> =>
  makingRoom((isSecond) => get({ ...options, startOver: options.startOver && !isSecond }));

async function get({ store, model, source, startOver, signal, onProgress }: GetOptions): Promise<void> {
  if (source.kind === "folder") {
    if (startOver) await store.delete(model);
    await download({ baseUrl: source.baseUrl, model, store, signal, onProgress });
    return;
  }
  const encoder = await openEncoder();
  try {
    await importModel({
      source: openSource(source),
      origin: originOf(source),
      plan: tensorPlan,
      recipe: recipeFor(model, source),
      check: assertUsable,
      encode: encoder.encode,
      model,
      store,
      startOver,
      signal,
      onProgress,
    });
  } finally {
    encoder.close();
  }
}

/** The recipe of `npm run convert`, with what is known of the model. */
function recipeFor(model: string, source: CheckpointSource): Recipe {
  const published = model === PUBLISHED_MODEL.id;
  return {
    name: published ? PUBLISHED_MODEL.name : model,
    description: published ? PUBLISHED_MODEL.description : "A model that was imported into this browser.",
    licence: published ? PUBLISHED_MODEL.licence : "As its publisher says",
    origin: describeOrigin(source),
    matrices: "int4",
    embedding: "int4",
    chunkBytes: CHUNK_BYTES,
  };
}

/**
 * Opens tokenizer, chat template and generation settings, so that gigabytes are not read for a model that cannot speak.
 *
 * @throws TokenizerError, ChatTemplateError, GenerationConfigError.
 */
export function assertUsable(files: ReadonlyMap<ModelFile, unknown>): void {
  const config = files.get("tokenizer_config.json");
  const { stopIds } = parseGenerationConfig(files.get("generation_config.json"));
  createPrompt({ tokenizer: createTokenizer({ tokenizer: files.get("tokenizer.json"), config }), config, stopIds });
}
