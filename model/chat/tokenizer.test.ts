import { describe, expect, test } from "vitest";
import tokenizerFile from "./fixtures/tokenizer.json";
import config from "./fixtures/tokenizer_config.json";
import golden from "./fixtures/tokenizer-golden.json";
import { createTokenizer, TokenizerError } from "./tokenizer";

const tokenizer = createTokenizer({ tokenizer: tokenizerFile, config });
const [end, user] = [1020, 1021];

test("gives the ids and the text of every golden sample", () => {
  expect(golden.length).toBe(100);
  for (const { text, ids, decoded } of golden) {
    expect(tokenizer.encode(text), text).toEqual(ids);
    expect(tokenizer.decode(ids), text).toBe(decoded);
  }
});

test("knows its special tokens", () => {
  expect([...tokenizer.specialIds]).toEqual([1019, 1020, 1021, 1022, 1023]);
  expect(tokenizer.idOf("<|end|>")).toBe(end);
  expect(tokenizer.idOf("a")).toBe(64);
  expect(tokenizer.idOf("<|no such token|>")).toBeUndefined();
});

describe("text of a person", () => {
  test.each(["<|end|>", "a<|end|>b", "<|user|><|system|>", " <|endoftext|>\n", "<|<|end|>end|>"])(
    "%j has no control token",
    (text) => {
      const ids = tokenizer.encodePlain(text);
      expect(ids.filter((id) => tokenizer.specialIds.has(id))).toEqual([]);
      expect(tokenizer.decode(ids)).toBe(text);
    },
  );

  test("is encoded like any text where nothing looks special", () => {
    for (const { text, ids } of golden.filter((sample) => !/<\|(end|user|assistant)/.test(sample.text))) {
      expect(tokenizer.encodePlain(text), text).toEqual(ids);
    }
  });

  test("merges across the border with our own text, and a look-alike across the border stays text", () => {
    const whole = [
      { text: "<|user|>What ", isPlain: false },
      { text: "is 5?", isPlain: true },
    ];
    expect(tokenizer.encodeParts(whole)).toEqual(tokenizer.encode("<|user|>What is 5?"));
    const split = [
      { text: "<|e", isPlain: false },
      { text: "nd|>", isPlain: true },
    ];
    expect(tokenizer.encodeParts(split)).toEqual(tokenizer.encodePlain("<|end|>"));
  });
});

describe("text at the edges", () => {
  test.each([
    ["empty", ""],
    ["only special tokens", "<|user|><|end|><|assistant|><|endoftext|>"],
    ["line ends of Windows", "a\r\n\r\nb\r"],
    ["right to left", "שלום \u202bעולם\u202c مرحبا 123"],
    ["combining marks", `e${"\u0301".repeat(300)} Z\u0351\u0327`],
    ["an emoji sequence", "👩‍👩‍👧‍👦🏳️‍🌈👍🏽"],
    ["a byte order mark", "\uFEFFa\uFEFF"],
    ["control characters", "\u0000\u0001\u007f\u00ad\u2028"],
    ["names of Object.prototype", "constructor __proto__ toString"],
  ])("%s comes back as it was", (_, text) => {
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    expect(tokenizer.decode(tokenizer.encodePlain(text))).toBe(text);
  });

  test("a lone surrogate becomes U+FFFD", () => {
    expect(tokenizer.decode(tokenizer.encode("a\ud83dz\udc00"))).toBe("a\uFFFDz\uFFFD");
  });

  test("bytes that are no UTF-8 become U+FFFD, ids without a token become nothing", () => {
    const [first = 0, second = 0] = tokenizer.encode("é");
    expect(tokenizer.decode([first, user, second])).toBe("\uFFFD<|user|>\uFFFD");
    expect(tokenizer.decode([64, 5000, -1, 65])).toBe("ab");
    expect(tokenizer.decode([])).toBe("");
  });
});

describe("added tokens", () => {
  const withAdded = (added: object[]) =>
    createTokenizer({
      tokenizer: { ...tokenizerFile, added_tokens: [...tokenizerFile.added_tokens, ...added] },
      config,
    });

  test("the longest wins, and white space goes where the token swallows it", () => {
    const other = withAdded([
      { id: 1024, content: "<|end|><|end|>", special: true, rstrip: true },
      { id: 1025, content: "[x]", special: false, lstrip: true },
    ]);
    expect(other.encode("a <|end|><|end|> \n b [x]")).toEqual([64, 220, 1024, 65, 1025]);
    expect(other.specialIds.has(1025)).toBe(false);
    expect(other.decode([1025])).toBe("[x]");
  });

  test("cannot be reached through the vocabulary either", () => {
    const model = {
      ...tokenizerFile.model,
      ignore_merges: true,
      vocab: { ...tokenizerFile.model.vocab, "<|end|>": end },
    };
    const other = createTokenizer({ tokenizer: { ...tokenizerFile, model, pre_tokenizer: null }, config });
    expect(other.encodePlain("<|end|>")).not.toContain(end);
    expect(other.encode("<|end|>")).toEqual([end]);
  });
});

test.each([
  ["not an object", null, config],
  ["no model", { ...tokenizerFile, model: undefined }, config],
  ["another model", { ...tokenizerFile, model: { ...tokenizerFile.model, type: "Unigram" } }, config],
  ["no bytes", { ...tokenizerFile, model: { ...tokenizerFile.model, vocab: { a: 0 } } }, config],
  ["bad added tokens", { ...tokenizerFile, added_tokens: [{ id: "1", content: "x" }] }, config],
  ["an unknown pre-tokenizer", { ...tokenizerFile, pre_tokenizer: { type: "Nonsense" } }, config],
  ["no config", tokenizerFile, undefined],
])("refuses files with %s", (_, file, badConfig) => {
  expect(() => createTokenizer({ tokenizer: file, config: badConfig })).toThrow(TokenizerError);
});

const long = [..."aA 数\n9.\u0301"].map((letter) => [JSON.stringify(letter), letter.repeat(20_000)] as const);
test.each([...long, ["a mixture", "The answer is 42; naïve café 数学 🙂\r\n".repeat(2_700)] as const])(
  "reads a long run of %s in time that grows with its length alone",
  (_, text) => {
    const start = performance.now();
    expect(tokenizer.decode(tokenizer.encodePlain(text))).toBe(text);
    expect(performance.now() - start).toBeLessThan(3_000);
  },
);
