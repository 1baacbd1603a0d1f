import { expect, test } from "vitest";
import { appendText, EMPTY_LOG, isBlank, type TextLog, textOf } from "./text-log";

const append = (texts: Iterable<string>): TextLog => [...texts].reduce(appendText, EMPTY_LOG);

test("30,000 tokens, token by token, come out as they went in, in blocks of whole lines", () => {
  const tokens = Array.from({ length: 30_000 }, (_, index) => (index % 9 === 8 ? "\n" : `${index} `));
  const log = append(tokens);
  expect(textOf(log)).toBe(tokens.join(""));
  expect(log.blocks.length).toBeGreaterThan(50);
  expect(log.blocks.length).toBeLessThan(300);
  expect(log.tail.length).toBeLessThan(2_000);
});

test("finished blocks stay the same object while only the tail grows", () => {
  const log = append(Array.from({ length: 200 }, () => "one line of it\n"));
  const grown = appendText(log, "more");
  expect(grown.blocks).toBe(log.blocks);
  expect(grown.tail).toBe(`${log.tail}more`);
});

test("the way the text is cut into events does not matter", () => {
  const text = Array.from({ length: 900 }, (_, index) => `${index}: ${"x".repeat(index % 40)}`).join("\n");
  expect(appendText(EMPTY_LOG, text)).toEqual(append(text));
});

test("a line without an end is broken after a space, and never inside a character", () => {
  const words = append(Array.from({ length: 20_000 }, () => "ab "));
  expect(words.blocks.length).toBeGreaterThan(3);
  expect(words.blocks.every((block) => block.endsWith("ab "))).toBe(true);
  const faces = appendText(EMPTY_LOG, `a${"😀".repeat(20_000)}`);
  expect(faces.blocks.every((block) => block.isWellFormed())).toBe(true);
  expect(textOf(faces)).toBe(`a${"😀".repeat(20_000)}`);
  expect(textOf(appendText(words, "\nend"))).toBe(`${"ab ".repeat(20_000)}\nend`);
});

test("white space alone is blank", () => {
  expect(isBlank(append(["\n", " "]))).toBe(true);
  expect(isBlank(append(["\n", "1"]))).toBe(false);
});
