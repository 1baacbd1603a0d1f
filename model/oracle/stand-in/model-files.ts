import { byteLetters } from "../../chat/byte-level";

const BYTES = 256;

/** The control tokens of the published tokenizer, by their place after the first. */
const SPECIAL_TOKENS = ["<|endoftext|>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>"];

/**
 * A byte-level tokenizer without merges, for a model of any size: a token for each byte, then the control tokens, with
 * a chat template and sampling settings like the published ones. The text of each file, by name.
 *
 * @param config config.json; its vocabulary must hold all these tokens
 */
export function modelFiles({ vocab_size: vocabSize }: Record<string, unknown>): Record<string, string> {
  if (typeof vocabSize !== "number" || vocabSize < BYTES + SPECIAL_TOKENS.length)
    throw new RangeError(`a vocabulary of ${vocabSize} has no room for ${BYTES} bytes and the control tokens`);
  const tokenizer = {
    version: "1.0",
    added_tokens: SPECIAL_TOKENS.map((content, index) => {
      return { id: BYTES + index, content, special: true, lstrip: false, rstrip: false, normalized: false };
    }),
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: { type: "BPE", vocab: Object.fromEntries([...byteLetters()].map((letter, id) => [letter, id])), merges: [] },
  };
  const tokenizerConfig = {
    tokenizer_class: "GPT2TokenizerFast",
    eos_token: "<|endoftext|>",
    chat_template:
      "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}" +
      "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}",
  };
  const generation = { eos_token_id: [BYTES, BYTES + 1], do_sample: true, temperature: 0.6, top_p: 0.95 };
  return {
    "tokenizer.json": JSON.stringify(tokenizer),
    "tokenizer_config.json": JSON.stringify(tokenizerConfig),
    "generation_config.json": JSON.stringify(generation),
  };
}
