import { encode as encodeO200k } from "gpt-tokenizer/esm/encoding/o200k_base";
import { expect, test } from "vitest";
import { parseGenerationConfig } from "./generation-config";
import { createPrompt } from "./prompt";
import { LOOK_ALIKES } from "./testing/look-alikes";
import { CONTROL_TOKENS, createO200kFile, o200kConfig } from "./testing/o200k-files";
import { createRandom } from "./testing/random";
import { variedText } from "./testing/varied-text";
import { createTextStream } from "./text-stream";
import { createTokenizer } from "./tokenizer";

const tokenizer = createTokenizer({ tokenizer: createO200kFile(), config: o200kConfig });
const { stopIds } = parseGenerationConfig({ eos_token_id: [200020, 199999], do_sample: true });
const prompt = createPrompt({ tokenizer, config: o200kConfig, stopIds });
const [assistant, end, user, system] = [200019, 200020, 200021, 200022];

/** What gpt-tokenizer writes when nothing is special. */
const oracle = (text: string): number[] => encodeO200k(text, { disallowedSpecial: new Set() });

/** What gpt-tokenizer 4.0.0 gets wrong: JavaScript's white space is not Unicode's here, and it loses U+FEFF in bytes. */
const MISREAD_BY_ORACLE = /[\x85\uFEFF]/g;

const random = createRandom(20);
const texts = Array.from({ length: 10_000 }, () => variedText(random).replace(MISREAD_BY_ORACLE, ""));
const samples = texts.map((text) => ({ text, ids: tokenizer.encodePlain(text) }));

/** Joined, arrays compare fast enough for a million ids. */
const isSame = (a: readonly number[], b: readonly number[]): boolean => a.join() === b.join();

test("writes the ids of an independent o200k for 10,000 varied texts", { timeout: 60_000 }, () => {
  expect(samples.filter(({ text, ids }) => !isSame(ids, oracle(text)))).toEqual([]);
});

test("reads 10,000 varied texts back, at once and piece by piece", { timeout: 60_000 }, () => {
  const differing = samples.filter(({ text, ids }) => {
    const stream = createTextStream(tokenizer);
    const streamed = ids.map((id) => stream.push(id)).join("") + stream.flush();
    // UTF-8 has no lone surrogates.
    return tokenizer.decode(ids) !== text.toWellFormed() || streamed !== text.toWellFormed();
  });
  expect(differing).toEqual([]);
});

test("knows the tokens: of all, every sixteenth", { timeout: 60_000 }, () => {
  const tokens = Array.from({ length: 12_500 }, (_, i) => tokenizer.decode([i * 16]).replace(MISREAD_BY_ORACLE, ""));
  const chunks = Array.from({ length: 125 }, (_, i) => tokens.slice(i * 100, (i + 1) * 100).join("\n"));
  expect(chunks.filter((text) => !isSame(tokenizer.encodePlain(text), oracle(text)))).toEqual([]);
});

test.each([
  ["  \x85a", [256, 126, 227, 64]],
  ["\uFEFF#include", [110862, 1981]],
  [" \uFEFF!\uFEFF\n", [71280, 0, 61992]],
])("writes the ids of tiktoken 0.14.0 and of Hugging Face's tokenizers 0.23.2 for %j", (text, ids) => {
  expect(tokenizer.encodePlain(text)).toEqual(ids);
  expect(tokenizer.decode(ids)).toBe(text);
});

test("finds control tokens in our own text, wherever they stand", { timeout: 60_000 }, () => {
  const controls = Object.keys(CONTROL_TOKENS);
  const wholes = texts.slice(0, 1_000).map((text, i) => `${text}${controls[i % controls.length]}${texts[1_000 + i]}`);
  // gpt-tokenizer 4.0.0 finds special tokens only at the beginning, so the text is taken apart for it.
  const anyControl =
    /(<\|(?:endoftext|endofprompt|assistant|end|user|system|\/?tool|\/?tool_call|tool_response|tag)\|>)/;
  const expected = (whole: string) =>
    whole.split(anyControl).flatMap((piece) => CONTROL_TOKENS[piece] ?? oracle(piece));
  expect(wholes.filter((whole) => !isSame(tokenizer.encode(whole), expected(whole)))).toEqual([]);
});

test("gives no text for the rows of the model that have no token", () => {
  expect(tokenizer.decode([199_998, 200_000, 200_029, 200_063])).toBe("");
  expect([...tokenizer.specialIds]).toEqual(Object.values(CONTROL_TOKENS));
});

test("renders conversations as the published template does", () => {
  const hello = oracle("Hello!");
  expect(prompt.openingTurn({ text: "Hello!" })).toEqual([user, ...hello, end, assistant]);
  expect(prompt.openingTurn({ system: "Be brief.", text: "Hello!" })).toEqual(
    [system, oracle("Be brief."), end, user, hello, end, assistant].flat(),
  );
  expect(prompt.closingIds).toEqual([end]);
  expect(prompt.followingTurn("Hello!")).toEqual([user, ...hello, end, assistant]);
});

test("keeps what a person writes apart from control tokens", { timeout: 60_000 }, () => {
  const written = [...LOOK_ALIKES, ...Object.keys(CONTROL_TOKENS), ...texts.slice(0, 200)];
  const leaking = written.filter((text) => {
    const turn = [user, ...oracle(text), end, assistant];
    const withSystem = [system, ...oracle(`${text}.`), end, ...turn];
    return !(
      isSame(prompt.openingTurn({ text }), turn) &&
      isSame(prompt.followingTurn(text), turn) &&
      isSame(prompt.openingTurn({ system: `${text}.`, text }), withSystem)
    );
  });
  expect(leaking).toEqual([]);
});
