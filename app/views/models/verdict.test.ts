import { expect, test } from "vitest";
import type { Examination } from "../../library/protocol";
import { ENGLISH } from "../../words/words";
import { verdictOf } from "./verdict";

const GOOD: Examination = {
  readBytes: 7.7e9,
  storedBytes: 2.2e9,
  freeBytes: 50e9,
  device: {
    contextLength: 32_768,
    wantedContextLength: 32_768,
    need: { weightBytes: 2.2e9, stateBytes: 0.1e9, cacheBytes: 0.3e9, totalBytes: 2.6e9, checkpointBytes: 0.5e9 },
    problems: [],
  },
  allocatedBytes: 2.6e9,
  isEnoughMemory: true,
  adapter: "a test",
  isSoftwareAdapter: false,
};

test("a device that holds it, with its whole context or less of it", () => {
  expect(verdictOf(GOOD, ENGLISH)).toEqual({ answer: "yes", sentences: ["This device can hold it."] });
  const short = verdictOf({ ...GOOD, device: { ...GOOD.device, contextLength: 26_214 } }, ENGLISH);
  expect(short.sentences[1]).toBe("It holds 26,214 tokens of context instead of 32,768.");
});

test("a software adapter is slow", () => {
  expect(verdictOf({ ...GOOD, isSoftwareAdapter: true }, ENGLISH).answer).toBe("slow");
});

test.each([
  [{ isEnoughMemory: false, allocatedBytes: 1.2e9 }, "it gave 1.2 GB of the 2.6 GB that are needed"],
  [{ freeBytes: 1e9 }, "it takes 2.2 GB, and this browser has 1.0 GB left"],
  [{ device: { ...GOOD.device, problems: ["A row needs 10 MiB."] } }, "A row needs 10 MiB."],
] as const)("says with the numbers why not: %o", (change, sentence) => {
  const { answer, sentences } = verdictOf({ ...GOOD, ...change }, ENGLISH);
  expect(answer).toBe("no");
  expect(sentences.join(" ")).toContain(sentence);
});
