import { expect, test } from "vitest";
import { TurnMeter } from "./turn-meter";

test("times count from the first token, reasoning until its last one", () => {
  let now = 1000;
  const meter = new TurnMeter(4096, () => now);
  meter.begin(12);
  expect(meter.measure({ tokens: 0, reasoningTokens: 0 }, 12)).toMatchObject({ elapsedMs: 0, tokensPerSecond: 0 });
  now = 5000; // the prompt was read
  expect(meter.measure({ tokens: 1, reasoningTokens: 1 }, 13)).toMatchObject({ elapsedMs: 0, tokensPerSecond: 0 });
  now = 6000;
  expect(meter.measure({ tokens: 21, reasoningTokens: 21 }, 33)).toMatchObject({
    tokensPerSecond: 20,
    reasoningMs: 1000,
  });
  now = 7000;
  expect(meter.measure({ tokens: 41, reasoningTokens: 21 }, 53)).toEqual({
    tokens: 41,
    reasoningTokens: 21,
    promptTokens: 12,
    elapsedMs: 2000,
    reasoningMs: 1000,
    tokensPerSecond: 20,
    contextUsed: 53,
    contextLength: 4096,
  });
});
