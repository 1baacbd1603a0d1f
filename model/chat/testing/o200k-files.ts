import ranks from "gpt-tokenizer/esm/bpeRanks/o200k_base";
import { byteLetters } from "../byte-level";

/** The control tokens of the Phi-4-mini family, beside the 199,998 tokens of o200k. */
export const CONTROL_TOKENS: Readonly<Record<string, number>> = {
  "<|endoftext|>": 199999,
  "<|endofprompt|>": 200018,
  "<|assistant|>": 200019,
  "<|end|>": 200020,
  "<|user|>": 200021,
  "<|system|>": 200022,
  "<|tool|>": 200023,
  "<|/tool|>": 200024,
  "<|tool_call|>": 200025,
  "<|/tool_call|>": 200026,
  "<|tool_response|>": 200027,
  "<|tag|>": 200028,
};

/** o200k's own, as Oniguruma writes it. */
const PATTERN = [
  "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
  "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
  "\\p{N}{1,3}",
  " ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*",
  "\\s*[\\r\\n]+",
  "\\s+(?!\\S)",
  "\\s+",
].join("|");

/** tokenizer_config.json of the published kind: conversations with tools, `eos_token` after a finished one. */
export const o200kConfig = {
  tokenizer_class: "GPT2TokenizerFast",
  add_bos_token: false,
  add_eos_token: false,
  add_prefix_space: false,
  bos_token: "<|endoftext|>",
  eos_token: "<|endoftext|>",
  pad_token: "<|endoftext|>",
  unk_token: "<|endoftext|>",
  clean_up_tokenization_spaces: false,
  chat_template:
    "{% for message in messages %}{% if message['role'] == 'system' and 'tools' in message and message['tools'] is not none %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|tool|>' + message['tools'] + '<|/tool|>' + '<|end|>' }}{% else %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% else %}{{ eos_token }}{% endif %}",
};

/**
 * A tokenizer.json as the Phi-4-mini family publishes it for its 200,064 rows (the last ones have no token), made from
 * the ranks of o200k.
 */
export function createO200kFile() {
  const tokens = ranks.map(spell);
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: Object.entries(CONTROL_TOKENS).map(([content, id]) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [{ type: "Split", pattern: { Regex: PATTERN }, behavior: "Removed", invert: true }, byteLevel],
    },
    post_processor: byteLevel,
    decoder: byteLevel,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: "",
      end_of_word_suffix: "",
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      // Without the control tokens here, Hugging Face's tokenizers gives them other ids.
      vocab: { ...Object.fromEntries(tokens.map((token, id) => [token, id])), ...CONTROL_TOKENS },
      merges: findMerges(tokens),
    },
  };
}

const LETTERS = [...byteLetters()];

/** A token in the byte alphabet. The ranks hold it as text, or as bytes where those are no UTF-8. */
function spell(token: string | readonly number[]): string {
  const bytes = typeof token === "string" ? new TextEncoder().encode(token) : token;
  return Array.from(bytes, (byte) => LETTERS[byte]).join("");
}

/** Ranks name the results of merges, not their halves. Those are what lower ranks alone make of the token. */
function findMerges(tokens: readonly string[]): [string, string][] {
  const ranks = new Map(tokens.map((token, rank) => [token, rank]));
  return tokens.slice(LETTERS.length).map((token, i): [string, string] => {
    const [left = "", right = "", ...more] = merge(token, ranks, LETTERS.length + i);
    if (right === "" || more.length > 0) throw new Error(`No merge makes the token ${JSON.stringify(token)}.`);
    return [left, right];
  });
}

/** Byte-pair encoding with the ranks below a limit. */
function merge(token: string, ranks: ReadonlyMap<string, number>, limit: number): string[] {
  const parts = [...token];
  while (parts.length > 2) {
    let best = { rank: limit, at: -1 };
    for (let at = 0; at + 1 < parts.length; at++) {
      const rank = ranks.get(`${parts[at]}${parts[at + 1]}`) ?? limit;
      if (rank < best.rank) best = { rank, at };
    }
    if (best.at < 0) break;
    parts.splice(best.at, 2, `${parts[best.at]}${parts[best.at + 1]}`);
  }
  return parts;
}
