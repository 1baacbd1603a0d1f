import { CONTROL_TOKENS, createO200kFile, o200kConfig } from "../../chat/testing/o200k-files";

/** The vocabulary of the published model. */
export const PUBLISHED_VOCABULARY = 200_064;

/**
 * Tokenizer, template and settings of the published kind and size, for a model of the published vocabulary. The text of
 * each file, by name.
 */
export function publishedFiles(): Record<string, string> {
  const stopIds = [CONTROL_TOKENS["<|end|>"], CONTROL_TOKENS["<|endoftext|>"]];
  const generation = { eos_token_id: stopIds, do_sample: true, temperature: 0.6, top_p: 0.95 };
  return {
    // In lines, as published: it is to take as long to read.
    "tokenizer.json": JSON.stringify(createO200kFile(), null, 2),
    "tokenizer_config.json": JSON.stringify(o200kConfig, null, 2),
    "generation_config.json": JSON.stringify(generation, null, 2),
  };
}
