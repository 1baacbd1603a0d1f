import type { Gpu } from "@gpu/device";
import { checked } from "@gpu/recording";
import { parseGenerationConfig } from "../chat/generation-config";
import { createPrompt } from "../chat/prompt";
import { createTokenizer } from "../chat/tokenizer";
import { type ModelConfig, parseConfig } from "../config";
import type { Manifest, ModelFile } from "../weights/format";
import { type LoadOptions, loadWeights } from "../weights/load";
import { type PieceReader, readModelFile } from "../weights/stored-model";
import { allocateWeights } from "../weights/weights";
import { Conversation } from "./conversation";
import type { SamplingSettings } from "./sampling";
import { openSession, type Session, type SessionOptions } from "./session";

/** A model on the GPU with an empty conversation. */
export interface OpenConversation {
  readonly conversation: Conversation;
  /** What the checkpoint recommends; the seed is any. */
  readonly defaults: Omit<SamplingSettings, "seed">;
  /** Frees all GPU memory. */
  destroy(): void;
}

export interface OpenOptions extends LoadOptions, Partial<Omit<SessionOptions, "loaded">> {}

/** Long enough for any chain of thought that was published for models of this kind. */
const CONTEXT_LENGTH = 32_768;

/**
 * Opens a model whose pieces can be read: weights, session, tokenizer, prompt. All at the same time: kernels compile in
 * the background and the tokenizer is read while the weights stream to the GPU.
 *
 * @throws ConfigError, TokenizerError, ChatTemplateError, GenerationConfigError for files this engine cannot use;
 * ModelFileError, StorageError from reading; GpuFaultError; AbortError. GPU memory is freed then.
 */
export async function openConversation(
  gpu: Gpu,
  manifest: Manifest,
  read: PieceReader,
  options: OpenOptions = {},
): Promise<OpenConversation> {
  const config = parseConfig(manifest.config);
  options.signal?.throwIfAborted();
  const weights = await checked(gpu, "allocating the weights", () => allocateWeights(gpu, manifest.tensors));
  const failed = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
  const loaded = loadWeights(gpu, weights, manifest, read, { ...options, signal });
  // Awaited below, where it still throws; it may fail before anybody awaits it.
  loaded.catch(() => undefined);
  const contextLength = options.contextLength ?? possibleContext(gpu, config);
  const opening = openSession(gpu, config, weights, { ...options, contextLength, loaded });
  try {
    const [session, { tokenizer, prompt, stopIds, defaults }] = await Promise.all([opening, openText(manifest, read)]);
    return {
      conversation: new Conversation({ session, tokenizer, prompt, stopIds }),
      defaults,
      destroy() {
        session.destroy();
        weights.destroy();
      },
    };
  } catch (error) {
    failed.abort();
    await opening.then((session: Session) => session.destroy()).catch(() => undefined);
    await loaded.catch(() => undefined);
    weights.destroy();
    throw error;
  }
}

/** What turns text into tokens and back, from the small files of the checkpoint. */
async function openText(manifest: Manifest, read: PieceReader) {
  const file = async (name: ModelFile) => JSON.parse(await readModelFile(manifest, name, read));
  const config = await file("tokenizer_config.json");
  const { stopIds, ...defaults } = parseGenerationConfig(await file("generation_config.json"));
  const tokenizer = createTokenizer({ tokenizer: await file("tokenizer.json"), config });
  return { tokenizer, prompt: createPrompt({ tokenizer, config, stopIds }), stopIds, defaults };
}

/** Keys, and values, of the whole context must fit into one binding each. */
export function possibleContext({ device }: Gpu, { maxPositions, numKvHeads, headDim }: ModelConfig): number {
  const bytesPerPosition = numKvHeads * headDim * 2;
  const most = Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize);
  return Math.min(CONTEXT_LENGTH, maxPositions, Math.floor(most / bytesPerPosition));
}
