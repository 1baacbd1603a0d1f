import { assertUsable } from "@model/library/get-model";
import { importModel } from "@model/weights/import";
import { memorySource, utf8 } from "@model/weights/testing/checkpoint-files";
import { RECIPE } from "@model/weights/testing/convert-all";
import { MemoryStore } from "@model/weights/testing/memory-store";
import { expect, test } from "vitest";
import { formulaRepository } from "./repository";
import { NANO, PLAN } from "./testing";

type Entries = Record<string, unknown>;

const good = Object.fromEntries(
  [...formulaRepository(NANO, 1)].map(([name, file]) => [name, file.read(0, file.bytes)] as const),
);
const json = (name: string): Entries => JSON.parse(new TextDecoder().decode(good[name]));
const model = (change: (model: Entries) => object) => (tokenizer: Entries) => ({
  ...tokenizer,
  model: change(tokenizer.model as Entries),
});
const but = (key: string) => (entries: Entries) =>
  Object.fromEntries(Object.entries(entries).filter(([k]) => k !== key));

const TOKENIZER = "tokenizer.json";
const SETTINGS = "tokenizer_config.json";
const GENERATION = "generation_config.json";

test.each<[string, string, (entries: Entries) => object, string]>([
  ["a tokenizer without a model", TOKENIZER, but("model"), "TokenizerError"],
  ["a tokenizer of word pieces", TOKENIZER, model((m) => ({ ...m, type: "WordPiece" })), "TokenizerError"],
  [
    "a tokenizer that decodes otherwise",
    TOKENIZER,
    (t) => ({ ...t, decoder: { type: "Metaspace" } }),
    "TokenizerError",
  ],
  ["no decoder", TOKENIZER, but("decoder"), "TokenizerError"],
  ["no vocabulary", TOKENIZER, model(but("vocab")), "TokenizerError"],
  [
    "a vocabulary without a byte",
    TOKENIZER,
    model((m) => ({ ...m, vocab: but("A")(m.vocab as Entries) })),
    "TokenizerError",
  ],
  [
    "ids that are texts",
    TOKENIZER,
    model((m) => ({ ...m, vocab: { ...(m.vocab as Entries), A: "65" } })),
    "TokenizerError",
  ],
  ["no merges", TOKENIZER, model(but("merges")), "TokenizerError"],
  ["no added tokens", TOKENIZER, but("added_tokens"), "TokenizerError"],
  [
    "an added token without an id",
    TOKENIZER,
    (t) => ({ ...t, added_tokens: [{ content: "<|end|>" }] }),
    "TokenizerError",
  ],
  ["no chat template", SETTINGS, but("chat_template"), "ChatTemplateError"],
  ["half a chat template", SETTINGS, (s) => ({ ...s, chat_template: "{% for m in" }), "ChatTemplateError"],
  ["a template that drops the text", SETTINGS, (s) => ({ ...s, chat_template: "hello" }), "ChatTemplateError"],
  ["nothing that ends a reply", GENERATION, but("eos_token_id"), "GenerationConfigError"],
  ["a token id that is a text", GENERATION, (g) => ({ ...g, eos_token_id: "<|end|>" }), "GenerationConfigError"],
  ["a temperature below zero", GENERATION, (g) => ({ ...g, temperature: -1 }), "GenerationConfigError"],
])("refuses %s and leaves storage as it was", async (_, file, change, name) => {
  const store = new MemoryStore();
  store.manifests.set("m", { files: [], chunks: [] });
  await store.saveDraft("m", { fingerprint: "f", versions: {}, files: [], chunks: {} });
  await store.put("m", "begun", Uint8Array.of(1));
  const before = store.contents();
  const source = memorySource({ ...good, [file]: utf8(JSON.stringify(change(json(file)))) });
  const importing = importModel({
    source,
    origin: { kind: "picked" },
    plan: PLAN,
    recipe: { ...RECIPE, chunkBytes: 2 ** 20 },
    check: assertUsable,
    model: "m",
    store,
  });
  await expect(importing).rejects.toMatchObject({ name });
  expect(store.contents()).toEqual(before);
});
