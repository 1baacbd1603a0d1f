import { expect, test } from "vitest";
import { parseOptions } from "./bench-options";

test("what is not given is up to the device", () => {
  expect(parseOptions([])).toEqual({ config: "tiny", plan: {} });
});

test("all that can be given", () => {
  const line =
    "--config full --layers 8 --contexts 128,2048 --prompts 64 --kernels-at 4096 --only decode,matvec --full-cache int8 --json new --compare old --commit abc";
  expect(parseOptions(line.split(" "))).toEqual({
    config: "full",
    layers: 8,
    plan: { contexts: [128, 2048], prompts: [64], kernelsAt: [4096], parts: ["decode", "matvec"], fullCache: "int8" },
    json: "new",
    compare: "old",
    commit: "abc",
  });
});

test.each([
  ["--contexts 128,x", `--contexts: "x" is not a positive whole number.`],
  ["--layers 0", `--layers: "0" is not a positive whole number.`],
  ["--only speed", `--only: "speed" is none of decode, prefill, kernels, prefill-kernels, matvec.`],
  ["--full-cache int4", `--full-cache: "int4" is neither f16 nor int8.`],
  ["--fast", "--fast"],
])("%s is refused", (line, message) => {
  expect(() => parseOptions(line.split(" "))).toThrow(expect.objectContaining({ name: "UsageError" }));
  expect(() => parseOptions(line.split(" "))).toThrow(message);
});
