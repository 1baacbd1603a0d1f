import type { Gpu } from "@gpu/device";
import { checked } from "@gpu/recording";
import { parseGenerationConfig } from "../chat/generation-config";
import { createPrompt } from "../chat/prompt";
import { createTokenizer } from "../chat/tokenizer";
import { parseConfig } from "../config";
import { contextBytes, longestContext } from "../device-report";
import type { StateStore } from "../state/state-store";
import type { Manifest, ModelFile } from "../weights/format";
import { type LoadOptions, loadWeights } from "../weights/load";
import { sha256 } from "../weights/sha256";
import { type PieceReader, readModelFile } from "../weights/stored-model";
import { allocateWeights } from "../weights/weights";
import { Conversation } from "./conversation";
import { openSession, type SessionOptions } from "./open-session";
import type { SamplingSettings } from "./sampling";
import type { Session } from "./session";
import { StateKeeper } from "./state-keeper";

/** A model on the GPU with an empty conversation. */
export interface OpenConversation {
  readonly conversation: Conversation;
  /** What the checkpoint recommends; the seed is any. */
  readonly defaults: Omit<SamplingSettings, "seed">;
  /** Of contexts that this model and this device could have, in tokens. */
  readonly longestContext: number;
  /** GPU memory that this context takes by the time it is full. */
  readonly contextBytes: number;
  /** Frees all GPU memory. */
  destroy(): void;
}

/** A `contextLength` longer than the device can hold is shortened; without one it is 32,768 tokens. */
export interface OpenOptions extends LoadOptions, Partial<Omit<SessionOptions, "loaded" | "contextLength">> {
  readonly contextLength?: number | undefined;
  /** Where states are kept beyond this visit; only in memory without one. */
  readonly states?: StateStore | undefined;
}

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
  const weights = await checked(
    gpu,
    "allocating the weights",
    () => allocateWeights(gpu, manifest.tensors),
    (refused) => refused.destroy(),
  );
  const failed = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
  const loaded = loadWeights(gpu, weights, manifest, read, { ...options, signal });
  // Awaited below, where it still throws; it may fail before anybody awaits it.
  loaded.catch(() => undefined);
  const longest = longestContext(config, gpu.device.limits);
  const contextLength = Math.min(options.contextLength ?? CONTEXT_LENGTH, longest);
  const opening = openSession(gpu, config, weights, { ...options, contextLength, loaded, signal });
  try {
    const [session, { tokenizer, prompt, stopIds, defaults }] = await Promise.all([opening, openText(manifest, read)]);
    const keeper = options.states && new StateKeeper(gpu, session, options.states, await identityOf(manifest));
    return {
      conversation: new Conversation({ session, tokenizer, prompt, stopIds, keeper }),
      defaults,
      longestContext: longest,
      contextBytes: contextBytes(config, contextLength),
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

/** The manifest holds the SHA-256 of every byte of the model. */
const identityOf = (manifest: Manifest): Promise<string> =>
  sha256(new TextEncoder().encode(JSON.stringify(manifest)) as Uint8Array<ArrayBuffer>);

/** What turns text into tokens and back, from the small files of the checkpoint. */
async function openText(manifest: Manifest, read: PieceReader) {
  const file = async (name: ModelFile) => JSON.parse(await readModelFile(manifest, name, read));
  const config = await file("tokenizer_config.json");
  const { stopIds, ...defaults } = parseGenerationConfig(await file("generation_config.json"));
  const tokenizer = createTokenizer({ tokenizer: await file("tokenizer.json"), config });
  return { tokenizer, prompt: createPrompt({ tokenizer, config, stopIds }), stopIds, defaults };
}
