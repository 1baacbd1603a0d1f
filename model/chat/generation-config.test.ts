import { expect, test } from "vitest";
import tiny from "./fixtures/generation_config.json";
import { GenerationConfigError, parseGenerationConfig } from "./generation-config";

const off = { stopIds: [5], temperature: 0, topP: 1, topK: 0, minP: 0 };

test("reads the tiny model's file", () => {
  expect(parseGenerationConfig(tiny)).toEqual({
    stopIds: [1019, 1020],
    temperature: 0.6,
    topP: 0.95,
    topK: 0,
    minP: 0,
  });
});

test.each([
  ["one stop token", { eos_token_id: 5 }, off],
  ["stop tokens listed twice", { eos_token_id: [5, 6, 5] }, { ...off, stopIds: [5, 6] }],
  ["greedy whatever the temperature", { eos_token_id: 5, do_sample: false, temperature: 0.6 }, off],
  ["sampling without a temperature", { eos_token_id: 5, do_sample: true }, { ...off, temperature: 1 }],
  ["a temperature alone", { eos_token_id: 5, temperature: 0.7 }, { ...off, temperature: 0.7 }],
  [
    "null as missing",
    { eos_token_id: 5, do_sample: null, temperature: null, top_p: null, top_k: null, min_p: null },
    off,
  ],
  [
    "every filter",
    { eos_token_id: 5, do_sample: true, temperature: 0.5, top_p: 0.9, top_k: 40, min_p: 0.05 },
    { stopIds: [5], temperature: 0.5, topP: 0.9, topK: 40, minP: 0.05 },
  ],
])("understands %s", (_, json, expected) => expect(parseGenerationConfig(json)).toEqual(expected));

test.each([
  [null, "not an object"],
  [[], "not an object"],
  [{}, "eos_token_id is undefined"],
  [{ eos_token_id: [] }, "eos_token_id is []"],
  [{ eos_token_id: [5, "6"] }, "eos_token_id"],
  [{ eos_token_id: -1 }, "eos_token_id"],
  [{ eos_token_id: 1.5 }, "eos_token_id"],
  [{ eos_token_id: 5, do_sample: "yes" }, "do_sample"],
  [{ eos_token_id: 5, temperature: -0.1 }, "temperature"],
  [{ eos_token_id: 5, temperature: "hot" }, "temperature"],
  [{ eos_token_id: 5, top_p: 0 }, "top_p"],
  [{ eos_token_id: 5, top_p: 1.1 }, "top_p"],
  [{ eos_token_id: 5, top_k: 2.5 }, "top_k"],
  [{ eos_token_id: 5, min_p: 2 }, "min_p"],
])("refuses %j", (json, message) => {
  expect(() => parseGenerationConfig(json)).toThrow(GenerationConfigError);
  expect(() => parseGenerationConfig(json)).toThrow(message);
});
