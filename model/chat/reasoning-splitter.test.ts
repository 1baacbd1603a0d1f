import { describe, expect, test } from "vitest";
import { createReasoningSplitter } from "./reasoning-splitter";

function split(pieces: readonly string[]): { reasoning: string; answer: string } {
  const splitter = createReasoningSplitter();
  const written = [...pieces.map((piece) => splitter.push(piece)), splitter.flush()];
  return {
    reasoning: written.map((part) => part.reasoning).join(""),
    answer: written.map((part) => part.answer).join(""),
  };
}

const replies: [name: string, text: string, reasoning: string, answer: string][] = [
  ["a reply as the model writes it", "<think>\n2*5=10\n\ndone\n</think>\n\nIt is 10.", "2*5=10\n\ndone", "It is 10."],
  ["no reasoning", "It is 10.", "", "It is 10."],
  ["no end of reasoning", "<think>\nhm\nhm ", "hm\nhm", ""],
  ["an end tag that is cut off", "<think>hm</thin", "hm</thin", ""],
  ["a begin tag that is cut off", " <thin", "", " <thin"],
  ["tags in the answer", "<think>a</think>b <think>c</think> d", "a", "b <think>c</think> d"],
  ["a begin tag after other text", "So <think>a</think>", "", "So <think>a</think>"],
  ["an end tag alone", "a</think>b", "", "a</think>b"],
  ["a begin tag within reasoning", "<think>a<think>b</think>c", "a<think>b", "c"],
  ["what looks like a tag", "<think>a < b </ c </th <</think></think>", "a < b </ c </th <", "</think>"],
  ["white space before the tag", "\n  <think>a</think>\nb", "a", "b"],
  ["empty reasoning", "<think>\n\n</think>\n\nb", "", "b"],
  ["nothing", "", "", ""],
  ["white space alone", " \n\t", "", ""],
  ["tags alone", "<think></think>", "", ""],
  [
    "indentation and blank lines",
    "<think>\n \n  a\n\n  b\n</think>\r\n\r\n    c\n\n  d\n",
    "  a\n\n  b",
    "    c\n\n  d",
  ],
  ["other scripts", "<think>שלום\r\n数学</think>é🙂", "שלום\r\n数学", "é🙂"],
];

describe.each(replies)("%s", (_, text, reasoning, answer) => {
  test("is split", () => expect(split([text])).toEqual({ reasoning, answer }));

  test("is split alike however it is cut", () => {
    expect(split([...text])).toEqual({ reasoning, answer });
    for (let i = 0; i <= text.length; i++) {
      for (let j = i; j <= text.length; j++) {
        expect(split([text.slice(0, i), text.slice(i, j), text.slice(j)])).toEqual({ reasoning, answer });
      }
    }
  });
});

test("holds back only what may still become a tag, and white space that may be at an edge", () => {
  const splitter = createReasoningSplitter();
  const steps: [text: string, reasoning: string, answer: string, isReasoning: boolean][] = [
    ["<th", "", "", false],
    ["ink>\n", "", "", true],
    ["a <", "a", "", true],
    ["b", " <b", "", true],
    ["</", "", "", true],
    ["x \n", "</x", "", true],
    ["y</think>", " \ny", "", false],
    ["\n\nc", "", "c", false],
    [" <thi", "", " <thi", false],
  ];
  for (const [text, reasoning, answer, isReasoning] of steps) {
    expect(splitter.push(text)).toEqual({ reasoning, answer });
    expect(splitter.isReasoning).toBe(isReasoning);
  }
  expect(splitter.flush()).toEqual({ reasoning: "", answer: "" });
});

test.each(["a", "\n", "<", "</think", "<think>"])("takes 100,000 pushes of %j in linear time", (piece) => {
  const start = performance.now();
  for (const opening of ["", "<think>", "<think></think>"])
    split([opening, ...new Array<string>(100_000).fill(piece), "."]);
  expect(performance.now() - start).toBeLessThan(2_000);
});
