import type { Gpu } from "@gpu/device";
import { parseGenerationConfig } from "../chat/generation-config";
import { createPrompt } from "../chat/prompt";
import { createTokenizer } from "../chat/tokenizer";
import { type ModelConfig, parseConfig } from "../config";
import type { Manifest } from "../weights/format";
import { type LoadOptions, loadWeights } from "../weights/load";
import { type PieceReader, readModelFile } from "../weights/stored-model";
import type { Weights } from "../weights/weights";
import { Conversation } from "./conversation";
import type { SamplingSettings } from "./sampling";
import { openSession, type SessionOptions } from "./session";

/** A model on the GPU with an empty conversation. */
export interface OpenConversation {
  readonly conversation: Conversation;
  /** What the checkpoint recommends; the seed is any. */
  readonly defaults: Omit<SamplingSettings, "seed">;
  /** Frees all GPU memory. */
  destroy(): void;
}

export interface OpenOptions extends LoadOptions, Partial<SessionOptions> {}

/** Long enough for any chain of thought that was published for models of this kind. */
const CONTEXT_LENGTH = 32_768;

/**
 * Opens a model whose pieces can be read: tokenizer, prompt, weights, session.
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
  const file = async (name: Parameters<typeof readModelFile>[1]) =>
    JSON.parse(await readModelFile(manifest, name, read));
  const tokenizerConfig = await file("tokenizer_config.json");
  const { stopIds, ...defaults } = parseGenerationConfig(await file("generation_config.json"));
  const tokenizer = createTokenizer({ tokenizer: await file("tokenizer.json"), config: tokenizerConfig });
  const prompt = createPrompt({ tokenizer, config: tokenizerConfig, stopIds });
  const weights = await loadWeights(gpu, manifest, read, options);
  const contextLength = options.contextLength ?? possibleContext(gpu, config);
  const session = await orFree(weights, () => openSession(gpu, config, weights, { ...options, contextLength }));
  return {
    conversation: new Conversation({ session, tokenizer, prompt, stopIds }),
    defaults,
    destroy() {
      session.destroy();
      weights.destroy();
    },
  };
}

/** Keys, and values, of the whole context must fit into one binding each. */
export function possibleContext({ device }: Gpu, { maxPositions, numKvHeads, headDim }: ModelConfig): number {
  const bytesPerPosition = numKvHeads * headDim * 2;
  const most = Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize);
  return Math.min(CONTEXT_LENGTH, maxPositions, Math.floor(most / bytesPerPosition));
}

async function orFree<T>(weights: Weights, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    weights.destroy();
    throw error;
  }
}
