import { expect, test } from "vitest";
import tokenizerFile from "./fixtures/tokenizer.json";
import config from "./fixtures/tokenizer_config.json";
import golden from "./fixtures/tokenizer-golden.json";
import { createRandom } from "./testing/random";
import { createTextStream } from "./text-stream";
import { createTokenizer } from "./tokenizer";

const tokenizer = createTokenizer({ tokenizer: tokenizerFile, config });
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/** Streams ids and checks what holds for every stream: the whole text, never a character too early. */
function expectStreams(ids: readonly number[]): void {
  const whole = tokenizer.decode(ids.filter((id) => !tokenizer.specialIds.has(id)));
  const stream = createTextStream(tokenizer);
  let text = "";
  for (const id of ids) {
    const piece = stream.push(id);
    expect(piece).not.toMatch(LONE_SURROGATE);
    text += piece;
    expect(whole.startsWith(text)).toBe(true);
  }
  expect(text + stream.flush()).toBe(whole);
}

test("streams every golden text", () => {
  for (const { ids } of golden) expectStreams(ids);
});

test("streams random Unicode", () => {
  const random = createRandom(1);
  const ranges = [0x80, 0x800, 0xd800, 0x110000];
  for (let round = 0; round < 200; round++) {
    const points = Array.from({ length: random(40) }, () => random(ranges[random(ranges.length)] ?? 1));
    expectStreams(tokenizer.encode(String.fromCodePoint(...points)));
  }
});

test("streams random ids, which are seldom UTF-8", () => {
  const random = createRandom(2);
  for (let round = 0; round < 200; round++) expectStreams(Array.from({ length: random(60) }, () => random(1030)));
});

test("holds a character back until its last byte", () => {
  const ids = tokenizer.encode("🙂");
  const stream = createTextStream(tokenizer);
  expect(ids.map((id) => stream.push(id))).toEqual(["", "", "", "🙂"]);
  expect(stream.flush()).toBe("");
});

test("writes U+FFFD for a character that was cut off, at the end alone", () => {
  const stream = createTextStream(tokenizer);
  expect(
    tokenizer
      .encode("a🙂")
      .slice(0, 4)
      .map((id) => stream.push(id)),
  ).toEqual(["a", "", "", ""]);
  expect(stream.flush()).toBe("\uFFFD");
});

test("shows no special tokens", () => {
  const stream = createTextStream(tokenizer);
  const ids = tokenizer.encode("<|assistant|>4<|end|><|endoftext|>");
  expect(ids.map((id) => stream.push(id)).join("") + stream.flush()).toBe("4");
});

test("writes 32,000 tokens in time that grows with their number alone", () => {
  const ids = tokenizer.encode("The answer is 42; naïve 数学 🙂.\n".repeat(2_000)).slice(0, 32_000);
  expect(ids.length).toBe(32_000);
  const stream = createTextStream(tokenizer);
  const start = performance.now();
  for (const id of ids) stream.push(id);
  expect(performance.now() - start).toBeLessThan(1_000);
});
