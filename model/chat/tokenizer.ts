import { Tokenizer as Bpe } from "@huggingface/tokenizers";
import { type AddedToken, createRunSplitter, type TextPart } from "./added-tokens";
import { byteLetters, bytesOfToken } from "./byte-level";

/** Text to token ids and back, for byte-level BPE. */
export interface Tokenizer {
  /** Control tokens: they steer the model and are not shown. */
  readonly specialIds: ReadonlySet<number>;
  /** The id of a token as tokenizer.json spells it, such as `<|end|>`. */
  idOf(token: string): number | undefined;
  /** Text that we wrote: special tokens in it are recognised. */
  encode(text: string): number[];
  /** Text of a person: what looks like a special token in it becomes ordinary text, never a control token. */
  encodePlain(text: string): number[];
  /** Several parts as one text: the ids are those of `encode` on the whole, but for look-alikes in the plain parts. */
  encodeParts(parts: readonly TextPart[]): number[];
  /** Special tokens as their spelling; bytes that are no UTF-8 as U+FFFD. */
  decode(ids: Iterable<number>): string;
  /** The UTF-8 bytes of a token; they may begin or end within a character. None for an id without a token. */
  bytesOf(id: number): Uint8Array<ArrayBuffer>;
}

/** Files of a tokenizer that this engine cannot use. The message says why. */
export class TokenizerError extends Error {
  override readonly name = "TokenizerError";
}

/** The parsed files of a tokenizer. */
export interface TokenizerFiles {
  /** tokenizer.json. */
  readonly tokenizer: unknown;
  /** tokenizer_config.json. */
  readonly config: unknown;
}

/**
 * Opens the tokenizer of a checkpoint.
 *
 * The library does not know that added tokens exist, so no text can make it write one; finding them in our own text is
 * done here.
 *
 * @throws TokenizerError when the files are malformed or hold another kind of tokenizer than byte-level BPE.
 */
export function createTokenizer({ tokenizer, config }: TokenizerFiles): Tokenizer {
  const file = asEntries(tokenizer, "tokenizer.json");
  const addedTokens = parseAddedTokens(file.added_tokens);
  checkModel(file);
  const bpe = openBpe({ ...file, added_tokens: [] }, config);
  // Some checkpoints list the added tokens in the vocabulary too. Taking them out here needs no copy of 200,000 entries.
  for (const { content } of addedTokens) bpe.model?.tokens_to_ids.delete(content);

  const idByContent = new Map(addedTokens.map((token) => [token.content, token.id]));
  const addedBytes = new Map(addedTokens.map((token) => [token.id, new TextEncoder().encode(token.content)]));
  const splitRuns = createRunSplitter(addedTokens);

  const bytesOf = (id: number) => addedBytes.get(id) ?? bytesOfToken(bpe.id_to_token(id) ?? "") ?? new Uint8Array();
  const encodeRun = (text: string) => bpe.encode(text, { add_special_tokens: false }).ids;
  const encodeParts = (parts: readonly TextPart[]) =>
    splitRuns(parts).flatMap((run) => (typeof run === "string" ? encodeRun(run) : run.id));

  return {
    specialIds: new Set(addedTokens.filter((token) => token.special).map((token) => token.id)),
    idOf: (token) => idByContent.get(token) ?? bpe.token_to_id(token),
    encode: (text) => encodeParts([{ text, isPlain: false }]),
    encodePlain: (text) => encodeParts([{ text, isPlain: true }]),
    encodeParts,
    bytesOf,
    decode(ids) {
      const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
      let text = "";
      for (const id of ids) text += decoder.decode(bytesOf(id), { stream: true });
      return text + decoder.decode();
    },
  };
}

function openBpe(file: object, config: unknown): Bpe {
  try {
    return new Bpe({ normalizer: null, post_processor: null, ...file }, asEntries(config, "tokenizer_config.json"));
  } catch (cause) {
    if (cause instanceof TokenizerError) throw cause;
    throw new TokenizerError(`tokenizer.json cannot be read: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
}

function checkModel(file: Record<string, unknown>): void {
  const model = asEntries(file.model, "model");
  const decoder = asEntries(file.decoder, "decoder");
  if (model.type !== "BPE" || decoder.type !== "ByteLevel") {
    throw new TokenizerError(
      `tokenizer.json is ${model.type} with decoder ${decoder.type}, expected BPE and ByteLevel.`,
    );
  }
  const vocab = asEntries(model.vocab, "model.vocab");
  for (const letter of byteLetters()) {
    if (!Number.isInteger(vocab[letter])) {
      throw new TokenizerError(
        `tokenizer.json: model.vocab has no token for the byte letter ${JSON.stringify(letter)}.`,
      );
    }
  }
}

function parseAddedTokens(entry: unknown): AddedToken[] {
  if (!Array.isArray(entry)) throw new TokenizerError("tokenizer.json: added_tokens is not a list.");
  return entry.map((item: unknown) => {
    const { id, content, special, lstrip, rstrip } = asEntries(item, "added_tokens");
    if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || typeof content !== "string" || content === "") {
      throw new TokenizerError(
        `tokenizer.json: added_tokens has ${JSON.stringify(item)}, expected an id and its content.`,
      );
    }
    return { id, content, special: special === true, lstrip: lstrip === true, rstrip: rstrip === true };
  });
}

function asEntries(value: unknown, where: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new TokenizerError(`${where} is missing or not an object.`);
}
